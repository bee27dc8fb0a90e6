extension ReceiptError {
    /// The reason in words.
    package var message: String {
        switch self {
        case .malformed(let offset): "no JSON, or cut short: reading stopped at byte \(offset)"
        case .tooLarge: "larger than \(ReceiptParser.largestSize) bytes"
        case .tooDeep: "nested too deeply"
        case .tooManyItems: "more than \(ReceiptParser.mostItems) items"
        case .notAReceipt: "neither items nor a total: no receipt"
        }
    }
}
