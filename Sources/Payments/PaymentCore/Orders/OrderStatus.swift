/// The state of an order between the waiter's bill and the guest's receipt.
package enum OrderStatus: String, CaseIterable, Codable, Sendable {
    /// Not being paid yet: a preorder.
    case pending = "PENDING"
    /// A user's hold is in progress.
    case holding = "HOLDING"
    /// The money is reserved.
    case held = "HELD"
    /// The money is captured; a partly refunded order stays here.
    case cleared = "CLEARED"
    /// The whole captured amount was refunded.
    case refunded = "REFUNDED"
    /// The hold failed; the same or another user may pay.
    case holdFailed = "HOLD_FAILED"
    /// The held money could not be captured; the order stays unpaid.
    case clearFailed = "CLEAR_FAILED"
    case canceled = "CANCELED"
    case expired = "EXPIRED"

    /// The status in the answer to the restaurant's poll (`POST /orders/list`).
    package var iiko: IikoStatus {
        switch self {
        case .pending, .holding, .held, .holdFailed: .waiting
        case .cleared, .refunded: .payed
        case .clearFailed, .canceled, .expired: .canceled
        }
    }

    /// The status in the guest's app (`GET /4.0/payments/v1/orders`).
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

    /// Whether no payer has money at stake, so that the bill may change and the order be closed.
    package var isOpen: Bool { self == .pending || self == .holdFailed }

    /// Whether a payment is in progress that completes without intervention.
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
