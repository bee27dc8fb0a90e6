import EncodingKit
package import JSONKit

/// Why a line of a ledger file cannot be used.
package enum LedgerFlaw: Error, Hashable, Sendable {
    case empty
    /// Neither a CSV header with these columns, each once, nor a JSON object; its beginning.
    case unknownForm(String)
    case tooLong
    case notUTF8
    case csv(CSVFlaw)
    case json(JSONFlaw)
    case notAnObject
    case missing(String)
    case unknownKind(String)
    case amount(MoneyError)
    case badTime(String)

    package var message: String {
        switch self {
        case .empty: "it is empty; even a ledger without entries has a header"
        case .unknownForm(let text):
            "it begins with \(quoted(text)), which is neither a JSON object nor the CSV header "
                + LedgerReader.columns.joined(separator: ",")
        case .tooLong: "longer than \(RecordSplitter.maximumBytes) bytes, or a quote is not closed"
        case .notUTF8: "not UTF-8"
        case .csv(let flaw): flaw.message
        case .json(let flaw): "not valid JSON: \(flaw.message)"
        case .notAnObject: "not a JSON object"
        case .missing(let name): "\(name) is missing"
        case .unknownKind(let text):
            "kind: \(quoted(text)) is none of \(CashbackEntry.Kind.allCases.map(\.rawValue).joined(separator: ", "))"
        case .amount(let error): "amount: \(error.message)"
        case .badTime(let text): "at: \(quoted(text)) is not a time such as 2026-01-31T09:30:00Z"
        }
    }
}
