package import WorldKit

/// A restaurant.
package struct Restaurant: Hashable, Sendable {
    package var clientID: String
    /// Shown to guests, and the seller on receipts.
    package var name: String
    /// Where it is offered; nil for everywhere.
    package var zone: String?
    package var createdAt: Instant

    package init(clientID: String, name: String, zone: String?, createdAt: Instant) {
        self.clientID = clientID
        self.name = name
        self.zone = zone
        self.createdAt = createdAt
    }
}
