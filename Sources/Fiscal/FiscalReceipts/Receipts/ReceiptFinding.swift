import JSONKit

/// Why a text is no receipt at all.
package enum ReceiptError: Error, Hashable, Sendable {
    /// No JSON; the byte where reading stopped.
    case malformed(offset: Int)
    /// More than ``ReceiptParser/largestSize`` bytes.
    case tooLarge
    /// More arrays and objects inside each other than any receipt has.
    case tooDeep
    /// More than ``ReceiptParser/mostItems`` items.
    case tooManyItems
    /// JSON without items and without a total.
    case notAReceipt
    /// So many receipts, side by side inside one value.
    case manyReceipts(Int)
    /// Amounts that may be roubles or kopecks, `300.00`, and nothing that says which; the name and text of one.
    case ambiguousUnit(String, String)
}

/// Something on a receipt that does not add up or cannot be read.
package struct ReceiptFinding: Hashable, Sendable {
    package enum Class: String, CaseIterable, Codable, Sendable {
        /// Items, less storno, against the total.
        case totalMismatch = "total_mismatch"
        /// Price × quantity against an item's sum.
        case itemSum = "item_sum"
        /// Payment forms against the total.
        case paymentsMismatch = "payments_mismatch"
        /// A rate's declared tax against what the items give.
        case vatMismatch = "vat_mismatch"
        /// Amounts that may be roubles or kopecks.
        case ambiguousUnit = "ambiguous_unit"
        case missingField = "missing_field"
        case badValue = "bad_value"
    }

    package enum Severity: String, CaseIterable, Comparable, Codable, Sendable {
        /// Within a known way of rounding, or of no consequence for the sums.
        case warning
        case error

        package static func < (left: Severity, right: Severity) -> Bool { left == .warning && right == .error }
    }

    package var `class`: Class
    package var severity: Severity
    /// An amount in roubles (`"320.00"`), or what kind of value should be there.
    package var expected: String
    /// What the receipt says: an amount in roubles, a bad value shortened, or empty where nothing is there.
    package var actual: String
    /// The whole of it in numbers, `items[0]: 2 × 120.00 = 240.00, the receipt says 200.00`; may quote the receipt.
    package var explanation: String

    package init(class: Class, severity: Severity, expected: String, actual: String, explanation: String) {
        self.class = `class`
        self.severity = severity
        self.expected = expected
        self.actual = actual
        self.explanation = explanation
    }
}

extension ReceiptFinding {
    /// What a check finds where there is no receipt to read.
    package init(_ error: ReceiptError) {
        if case .ambiguousUnit(_, let text) = error {
            self.init(
                class: .ambiguousUnit, severity: .error, expected: "roubles or kopecks", actual: text,
                explanation: error.message)
        } else {
            self.init(
                class: .badValue, severity: .error, expected: "a receipt", actual: "", explanation: error.message)
        }
    }
}

/// What a check comes to.
package enum ReceiptVerdict: String, Codable, Sendable {
    case ok, warning, error

    package init(_ findings: [ReceiptFinding]) {
        switch findings.map(\.severity).max() {
        case nil: self = .ok
        case .warning: self = .warning
        case .error: self = .error
        }
    }
}
