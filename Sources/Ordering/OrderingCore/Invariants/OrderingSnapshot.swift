package import MessagingKit

/// What all services' stores hold at one moment, and what clients were answered.
package struct OrderingSnapshot: Sendable {
    package var style: StyleName
    package var accounts: [Account] = []
    package var entries: [Entry] = []
    package var payments: [Payment] = []
    package var baskets: [Basket] = []
    package var orders: [Order] = []
    /// The orders that the gateway has accepted, and those of them that were refused afterwards.
    package var accepted: Set<String> = []
    package var refused: Set<String> = []
    package var moves: [StatusMove] = []
    package var notifications: [Notification] = []
    package var pushEvents: [PushEvent] = []
    package var sent: [SentMessage] = []
    package var effects: [Effect] = []
    package var work: [UnfinishedWork] = []
    package var answers: [ClientAnswer] = []

    package init(style: StyleName) { self.style = style }

    /// One change of an order's status, as its service recorded it.
    package struct StatusMove: Hashable, Sendable {
        package var orderID: String
        package var status: Order.Status

        package init(orderID: String, status: Order.Status) {
            self.orderID = orderID
            self.status = status
        }
    }

    /// A row of an outbox.
    package struct SentMessage: Hashable, Sendable {
        package enum State: Hashable, Sendable {
            case unsent, sent
            /// The broker will not take it; the error says why.
            case parked(error: String?)
        }

        package var sender: ServiceName
        package var position: Int64
        package var message: Message
        package var state: State

        package init(sender: ServiceName, position: Int64, message: Message, state: State) {
            self.sender = sender
            self.position = position
            self.message = message
            self.state = state
        }
    }

    /// A message that took effect at a service, in the order in which they did.
    package struct Effect: Hashable, Sendable {
        package var service: ServiceName
        package var messageID: String

        package init(service: ServiceName, messageID: String) {
            self.service = service
            self.messageID = messageID
        }
    }

    /// A message or a call that is not finished.
    package struct UnfinishedWork: Hashable, Sendable {
        package var service: ServiceName
        package var id: String
        /// Whether it waits for an operator.
        package var isStuck: Bool
        package var error: String?

        package init(service: ServiceName, id: String, isStuck: Bool, error: String? = nil) {
            self.service = service
            self.id = id
            self.isStuck = isStuck
            self.error = error
        }
    }

    /// The answer that a client got to an order.
    package struct ClientAnswer: Hashable, Sendable {
        package var userID: String
        /// Its idempotency key; nil when it sent none.
        package var key: String?
        package var status: Int
        /// Nil when the answer names none.
        package var orderID: String?

        package init(userID: String, key: String?, status: Int, orderID: String?) {
            self.userID = userID
            self.key = key
            self.status = status
            self.orderID = orderID
        }
    }
}
