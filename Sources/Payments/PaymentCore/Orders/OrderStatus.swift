/// Where an order is between the waiter's bill and the guest's receipt.
package enum OrderStatus: String, CaseIterable, Codable, Sendable {
    /// Nobody pays yet: a preorder.
    case pending = "PENDING"
    /// A user's hold is under way.
    case holding = "HOLDING"
    /// The money is reserved.
    case held = "HELD"
    /// The money is taken; a partly refunded order stays here.
    case cleared = "CLEARED"
    /// All that was taken has been given back.
    case refunded = "REFUNDED"
    /// The hold did not succeed; the same or another user may pay.
    case holdFailed = "HOLD_FAILED"
    /// The held money could not be taken; the order is unpaid for good.
    case clearFailed = "CLEAR_FAILED"
    case canceled = "CANCELED"
    case expired = "EXPIRED"

    /// What the restaurant's poll sees (seed 001, `POST /orders/list`).
    package var iiko: IikoStatus {
        switch self {
        case .pending, .holding, .held, .holdFailed: .waiting
        case .cleared, .refunded: .payed
        case .clearFailed, .canceled, .expired: .canceled
        }
    }

    /// What the guest's app sees (seed 001, `GET /4.0/payments/v1/orders`).
    package var guest: GuestStatus {
        switch self {
        case .pending, .holding, .held: .waiting
        case .cleared, .refunded: .payed
        case .holdFailed, .clearFailed, .canceled, .expired: .declined
        }
    }

    /// The statuses that may follow this one.
    package var successors: Set<OrderStatus> {
        switch self {
        case .pending: [.holding, .canceled, .expired]
        case .holding: [.held, .holdFailed]
        case .held: [.cleared, .clearFailed]
        case .cleared: [.refunded]
        case .holdFailed: [.holding, .canceled, .expired]
        case .refunded, .clearFailed, .canceled, .expired: []
        }
    }

    /// Whether nobody has money at stake, so that the bill may change and the order be closed.
    package var isOpen: Bool { self == .pending || self == .holdFailed }

    /// Whether a payment is under way that must come to an end by itself.
    package var isMoving: Bool { self == .holding || self == .held }
}

/// The restaurant's view of an order; `PAYED` is the wire's spelling.
package enum IikoStatus: String, Codable, Sendable {
    case waiting = "WAITING"
    case payed = "PAYED"
    case canceled = "CANCELED"
    case notFound = "NOT_FOUND"
}

/// The guest's view of an order; `PAYED` is the wire's spelling.
package enum GuestStatus: String, Codable, Sendable {
    case waiting = "WAITING"
    case payed = "PAYED"
    case declined = "DECLINED"
}
