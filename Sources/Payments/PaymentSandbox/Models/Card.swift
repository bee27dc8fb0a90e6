package import PaymentPartners

/// The sandbox's payment methods: each id determines the fate of a payment with that card.
package enum Card: String, CaseIterable, Codable, Sendable {
    case approve = "card-approve"
    /// Every hold fails with `declined`.
    case decline = "card-decline"
    /// The first hold of an invoice with this card fails with `declined`, later ones succeed.
    case declineOnce = "card-decline-once"
    /// Waits for a confirmation that the guest never gives: pending until it is voided.
    case threeDS = "card-3ds"
    /// Every operation is pending for some seconds and then succeeds.
    case slow = "card-slow"
    /// The hold succeeds, but the first response to it is lost.
    case lost = "card-lost"
    /// The hold succeeds, and the bank releases it before it can be cleared.
    case lapse = "card-lapse"

    package var title: String {
        switch self {
        case .approve: "Visa •• 4242"
        case .decline: "Visa •• 0002"
        case .declineOnce: "Mastercard •• 0341"
        case .threeDS: "Mir •• 3220"
        case .slow: "Mir •• 0077"
        case .lost: "Mastercard •• 6060"
        case .lapse: "Visa •• 9979"
        }
    }
}

/// Cardstorage: every user has every card.
package struct CardstorageModel: Hashable, Codable, Sendable {
    package init() {}

    package func paymentMethods(uid: String) -> [PaymentMethod] {
        Card.allCases.map { PaymentMethod(id: $0.rawValue, title: $0.title) }
    }
}
