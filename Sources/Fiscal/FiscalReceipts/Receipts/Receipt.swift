/// Hundredths of a rouble, the unit of every amount on a receipt.
package typealias Kopecks = Int64

/// A fiscal receipt (the Russian formats FFD 1.05, 1.1 and 1.2); fields missing from the source are nil.
package struct Receipt: Hashable, Sendable {
    /// The kind of settlement (tag 1054).
    package enum Operation: Int, CaseIterable, Sendable {
        case sale = 1
        case saleRefund = 2
        case purchase = 3
        case purchaseRefund = 4
    }

    package var seller = Seller()
    /// Whether it is a strict reporting form (БСО), used by sellers exempt from cash receipts.
    package var isStrictForm = false
    /// Nil if it is not a correction.
    package var correction: ReceiptCorrection?
    package var agency = ReceiptAgency()
    package var operation: Operation?
    /// Tag 1012.
    package var time: ReceiptTime?
    /// Tag 1038.
    package var shiftNumber: Int64?
    /// The receipt's number within the shift (tag 1042).
    package var requestNumber: Int64?
    /// The seller's taxation systems (tag 1055).
    package var taxation: [Taxation] = []
    package var register = Register()
    package var items: [ReceiptItem] = []
    /// False if the source has no list of items, so that their sum cannot be checked; an empty list in a correction
    /// counts as none.
    package var hasItems = true
    /// Items cancelled before the receipt was closed, with positive quantities and sums; subtracted from ``items``.
    package var stornoItems: [ReceiptItem] = []
    /// Discounts and markups on the whole receipt.
    package var modifiers: [ReceiptModifier] = []
    /// Tag 1020.
    package var total: Kopecks?
    /// As declared, including zeros; at most one per form.
    package var payments: [ReceiptPayment] = []
    /// As declared, including zeros; at most one per rate, in the order of the codes.
    package var vatTotals: [VATTotal] = []
    /// The buyer's phone or e-mail address (tag 1008).
    package var buyer: String?
    /// The sender's e-mail address (tag 1117).
    package var senderAddress: String?
    /// Where receipts can be verified (tag 1060).
    package var verificationSite: String?
    /// Unreadable and missing values of the source.
    package var defects: [ReceiptFinding] = []
    /// Ambiguities of the source and how they were resolved; not defects.
    package var notes: [String] = []

    package init() {}

    package struct Seller: Hashable, Sendable {
        /// Tag 1048.
        package var name: String?
        /// INN, 10 or 12 digits (tag 1018).
        package var taxNumber: String?
        /// Tag 1009.
        package var address: String?
        /// Tag 1187.
        package var place: String?
        /// Tag 1021.
        package var cashier: String?
    }

    /// The cash register and its fiscal storage; numbers are text, because leading zeros are significant.
    package struct Register: Hashable, Sendable {
        /// Tag 1037.
        package var registrationNumber: String?
        /// Tag 1013.
        package var serialNumber: String?
        /// Tag 1041, 16 digits.
        package var storageNumber: String?
        /// Tag 1040.
        package var documentNumber: String?
        /// Tag 1077.
        package var sign: String?
        /// Tag 1209.
        package var format: Format?
    }

    /// The format of fiscal documents, by code.
    package enum Format: Int, CaseIterable, Sendable {
        case ffd10 = 1
        case ffd105 = 2
        case ffd11 = 3
        case ffd12 = 4

        /// The version, `1.05`.
        package var version: String {
            switch self {
            case .ffd10: "1.0"
            case .ffd105: "1.05"
            case .ffd11: "1.1"
            case .ffd12: "1.2"
            }
        }
    }
}

/// A taxation system, by bit (tag 1062).
package enum Taxation: Int, CaseIterable, Sendable {
    case general = 1
    case simplifiedIncome = 2
    case simplifiedProfit = 4
    case imputed = 8
    case agricultural = 16
    case patent = 32
}

/// The amount paid in one form.
package struct ReceiptPayment: Hashable, Sendable {
    package enum Form: CaseIterable, Sendable {
        /// Tag 1031.
        case cash
        /// Tag 1081.
        case electronic
        /// Tag 1215.
        case prepaid
        /// Tag 1216.
        case credit
        /// Tag 1217.
        case provision
    }

    package var form: Form
    package var sum: Kopecks

    package init(form: Form, sum: Kopecks) {
        self.form = form
        self.sum = sum
    }
}

/// A rate's tax over the whole receipt, or its turnover where ``VATRate/isTaxed`` is false.
package struct VATTotal: Hashable, Sendable {
    package var rate: VATRate
    package var sum: Kopecks

    package init(rate: VATRate, sum: Kopecks) {
        self.rate = rate
        self.sum = sum
    }
}
