package import EncodingKit
import JSONKit

/// What a guest is asked to pay for, as closed at the restaurant's point of sale.
package struct Bill: Hashable, Sendable {
    package static let maximumLines = 10_000

    /// The restaurant, an ``Identifier``.
    package var clientID: String
    /// The restaurant's own id of the order, an ``Identifier``; with ``clientID`` the idempotency key.
    package var internalOrderID: String
    /// The amount requested from the guest: positive, or zero where ``prepaid`` covers everything.
    package var amount: Money
    /// What was already paid at the restaurant; not negative.
    package var prepaid: Money
    /// 1 to ``maximumLines``, in the currency of ``amount``; they need not add up to the amount requested plus prepaid.
    package var lines: [BillLine]

    /// - Parameter prepaid: nil for nothing.
    package init(
        clientID: String, internalOrderID: String, amount: Money, prepaid: Money? = nil, lines: [BillLine]
    ) {
        self.clientID = clientID
        self.internalOrderID = internalOrderID
        self.amount = amount
        self.prepaid = prepaid ?? .zero(amount.currency)
        self.lines = lines
    }
}

/// The formats a bill may arrive in.
package enum BillFormat: String, CaseIterable, Sendable {
    /// JSON as accepted by iiko-integration's `POST /orders`.
    case seed
    /// JSON as returned by iikoCloud's `POST /api/1/order/by_id`, in full or a single element of its `orders`.
    case iikocloud
    /// CSV with the columns `name` and `amount`, optionally `quantity`; separated by commas, semicolons or tabs.
    case lines
}

/// An irregularity of a bill that can be paid nevertheless.
package struct BillWarning: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The total (what the guest pays plus what is prepaid) is not the sum of the lines.
        case linesDoNotAddUp(total: Money, lines: Money)
        /// The waiter had deleted the line.
        case deletedLineDropped(name: String)
        /// Tips are not goods and are not part of what is paid.
        case tipsIgnored(Money)
        /// Payments that iiko has planned and not processed: the guest is asked for them.
        case preliminaryPayments(Money)
        /// iiko reports two different prepaid sums; the larger one counts, so that nothing is charged twice.
        case prepaymentsDiffer(payments: Money, processed: Money)
        /// The line has no name, and is shown as ``BillLine/unnamed``.
        case unnamedLine
        /// The text does not declare its encoding, and is not UTF-8.
        case encodingAssumed(TextEncoding)
    }

    package var kind: Kind
    package var place: BillPlace

    package init(kind: Kind, place: BillPlace) {
        self.kind = kind
        self.place = place
    }
}

/// A location in a bill's text.
package enum BillPlace: Hashable, Sendable {
    /// The text as a whole.
    case whole
    /// Both from 1; columns count code points.
    case position(line: Int, column: Int)
    /// A path of names and indices from 0, `bill.elements[2].amount`.
    case field(String)
    /// From 1.
    case line(Int)
}

extension BillPlace: CustomStringConvertible {
    /// `"line 3, column 14"`, `"bill.elements[2].amount"`, `"line 7"`; empty for the whole text.
    package var description: String {
        switch self {
        case .whole: ""
        case .position(let line, let column): "line \(line), column \(column)"
        case .field(let path): path
        case .line(let line): "line \(line)"
        }
    }
}
