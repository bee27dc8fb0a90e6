import JSONKit

extension ReceiptError {
    /// For programs, stable.
    package var code: String {
        if case .ambiguousUnit = self { ReceiptFinding.Class.ambiguousUnit.rawValue } else { "bad_receipt" }
    }

    /// The reason in words.
    package var message: String {
        switch self {
        case .malformed(let offset): "no JSON, or cut short: reading stopped at byte \(offset)"
        case .tooLarge: "larger than \(ReceiptParser.largestSize) bytes"
        case .tooDeep: "nested too deeply"
        case .tooManyItems: "more than \(ReceiptParser.mostItems) items"
        case .manyReceipts(let count): "\(count) receipts inside one value; write them as an array or as JSON lines"
        case .ambiguousUnit(let name, let text):
            "\(name): \(text) may be roubles or kopecks, nothing says which"
        case .notAReceipt: "neither items nor a total: no receipt"
        }
    }
}
