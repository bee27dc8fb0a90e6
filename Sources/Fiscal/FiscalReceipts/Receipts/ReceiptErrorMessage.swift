import JSONKit

extension ReceiptError {
    /// A stable code for programs.
    package var code: String {
        if case .ambiguousUnit = self { ReceiptFinding.Class.ambiguousUnit.rawValue } else { "bad_receipt" }
    }

    /// The reason in words.
    package var message: String {
        switch self {
        case .malformed(let offset): "not valid JSON, or truncated: reading stopped at byte \(offset)"
        case .tooLarge: "larger than \(ReceiptParser.maximumSize) bytes"
        case .tooDeep: "nested too deeply"
        case .tooManyItems: "more than \(ReceiptParser.maximumItemCount) items"
        case .manyReceipts(let count): "\(count) receipts inside one value; write them as an array or as JSON lines"
        case .ambiguousUnit(let name, let text):
            "\(name): \(text) is ambiguous: it may be roubles or kopecks"
        case .notAReceipt: "not a receipt: it has neither items nor a total"
        }
    }
}
