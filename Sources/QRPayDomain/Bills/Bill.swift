/// What a guest is asked to pay for, as the restaurant's point of sale closed it.
package struct Bill: Hashable, Sendable {
    package static let maximumLines = 10_000

    /// The restaurant, an ``Identifier``.
    package var clientID: String
    /// The restaurant's own id of the order, an ``Identifier``; with ``clientID`` the idempotency key.
    package var internalOrderID: String
    /// What the guest pays, positive; ``lines`` need not add up to it.
    package var amount: Money
    /// 1 to ``maximumLines``, in the currency of ``amount``.
    package var lines: [BillLine]

    package init(clientID: String, internalOrderID: String, amount: Money, lines: [BillLine]) {
        self.clientID = clientID
        self.internalOrderID = internalOrderID
        self.amount = amount
        self.lines = lines
    }
}

/// The forms a bill may arrive in.
package enum BillFormat: String, CaseIterable, Sendable {
    /// JSON as iiko-integration's `POST /orders` takes it.
    case seed
    /// JSON as iikoCloud's `POST /api/1/order/by_id` answers it, whole or one of its `orders`.
    case iikocloud
    /// CSV with the columns `name` and `amount`, and perhaps `quantity`.
    case lines
}

/// What is odd about a bill that can be paid all the same.
package struct BillWarning: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The total (which is what the guest pays) is not the sum of the lines.
        case linesDoNotAddUp(total: Money, lines: Money)
        /// The waiter had deleted the line.
        case deletedLineDropped(name: String)
        /// Tips are no goods and are not part of what is paid.
        case tipsIgnored(Money)
        /// The order carries payments already, and the guest is asked for the total all the same.
        case paymentsIgnored(Money)
    }

    package var kind: Kind
    package var place: BillPlace

    package init(kind: Kind, place: BillPlace) {
        self.kind = kind
        self.place = place
    }
}

/// Where in a bill's text something stands.
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
    /// `"line 3, column 14"`, `"bill.elements[2].amount"`, `"line 7"`; empty for the whole.
    package var description: String {
        switch self {
        case .whole: ""
        case .position(let line, let column): "line \(line), column \(column)"
        case .field(let path): path
        case .line(let line): "line \(line)"
        }
    }
}
