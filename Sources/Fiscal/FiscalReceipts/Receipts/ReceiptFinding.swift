import JSONKit

/// Why a text is not a receipt.
package enum ReceiptError: Error, Hashable, Sendable {
    /// Not valid JSON; the byte at which reading stopped.
    case malformed(offset: Int)
    /// More than ``ReceiptParser/maximumSize`` bytes.
    case tooLarge
    /// Nested more deeply than any receipt.
    case tooDeep
    /// More than ``ReceiptParser/maximumItemCount`` items.
    case tooManyItems
    /// JSON without items and without a total.
    case notAReceipt
    /// The number of receipts inside one value.
    case manyReceipts(Int)
    /// Amounts whose unit, roubles or kopecks, cannot be determined, `300.00`; the name and text of one.
    case ambiguousUnit(String, String)
}

/// A value on a receipt that does not add up or cannot be read.
package struct ReceiptFinding: Hashable, Sendable {
    package enum Class: String, CaseIterable, Codable, Sendable {
        /// Items, less storno, against the total.
        case totalMismatch = "total_mismatch"
        /// Price × quantity against an item's sum.
        case itemSum = "item_sum"
        /// Payment forms against the total.
        case paymentsMismatch = "payments_mismatch"
        /// A rate's declared tax against the items.
        case vatMismatch = "vat_mismatch"
        /// Amounts that may be roubles or kopecks.
        case ambiguousUnit = "ambiguous_unit"
        case missingField = "missing_field"
        case badValue = "bad_value"
    }

    package enum Severity: String, CaseIterable, Comparable, Codable, Sendable {
        /// Within a known rounding method, or without effect on the sums.
        case warning
        case error

        package static func < (left: Severity, right: Severity) -> Bool { left == .warning && right == .error }
    }

    package var `class`: Class
    package var severity: Severity
    /// An amount in roubles (`"320.00"`), or the kind of value expected.
    package var expected: String
    /// The value on the receipt: an amount in roubles, an abbreviated bad value, or empty if missing.
    package var actual: String
    /// The calculation, `items[0]: 2 × 120.00 = 240.00, the receipt says 200.00`; may quote the receipt.
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
    /// The finding for a text that is not a receipt.
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

/// The result of a check.
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
