import EncodingKit
import JSONKit
package import MessagingKit
import PaymentCore
package import QueueKit
package import SQLKit
package import WorldKit

extension TaskKind {
    /// A received ``PaymentEvent``.
    package static let paymentEvent = TaskKind("payment.event")
    /// A delivery that is not one.
    package static let refusedEvent = TaskKind("payment.event_refused")
}

/// A subscriber of the payments' events: it writes one notification for each, whatever arrives how often.
///
/// It has a store of its own: the queue is its inbox, and the notification's unique event id makes a repetition
/// harmless even after the inbox has forgotten the message.
package struct EventNotifications: Sendable {
    /// Its queue on the broker.
    package static let queueName = "payments.notifications"
    package static let topology = Topology(
        exchange: PaymentEvent.exchange,
        queues: [.init(name: queueName, types: PaymentEvent.Kind.allCases.map(\.rawValue))])

    /// The notifications of an order are written in the order of its events.
    private static let schema = QueueSchema(tags: [.orderID], sequence: .orderID)

    package static let migrations = [
        schema.migration,
        SQLMigration(
            version: 2, name: "notifications",
            sql: """
                CREATE TABLE notifications (
                    number INTEGER PRIMARY KEY,
                    event_id TEXT NOT NULL UNIQUE,
                    type TEXT NOT NULL,
                    order_id TEXT NOT NULL,
                    uid TEXT,
                    text TEXT NOT NULL,
                    -- When it happened, and when the notification was written; microseconds since 1970 UTC.
                    at INTEGER NOT NULL,
                    created_at INTEGER NOT NULL
                );
                CREATE INDEX notifications_by_order ON notifications (order_id, number);
                """),
    ]

    private let store: TaskStore
    private let world: World

    /// - Parameter database: has ``migrations``.
    package init(_ database: any SQLDatabase, _ world: World) {
        store = TaskStore(database, Self.schema)
        self.world = world
    }

    private var inbox: Inbox {
        Inbox(
            kind: .paymentEvent, refusedKind: .refusedEvent, tags: { [.orderID: $0.key] },
            refusal: { message in
                do throws(FieldError) {
                    _ = try PaymentEvent(message)
                    return nil
                } catch {
                    return "\(error)"
                }
            })
    }

    /// Takes events from a broker into the inbox.
    package func receiver(_ broker: any Broker) -> Receiver {
        var receiver = Receiver(broker, queue: Self.queueName, inbox, store, world)
        receiver.topology = Self.topology
        return receiver
    }

    /// Its work: writing the notifications.
    package var queue: TaskQueue {
        let policy = RetryPolicy(polls: 0, periodSeconds: 1, baseSeconds: 1, capSeconds: 60, maxAttempts: .max)
        var registry = TaskRegistry([
            TaskHandler(.paymentEvent, retryPolicy: policy) { task in
                try await write(PaymentEvent(Message(task)))
                return .done
            },
            inbox.refusedHandler(store: store, world: world),
        ])
        registry.failure = { error in
            switch error {
            case let failure as TaskFailure: failure
            case let error as FieldError:
                TaskFailure(errorClass: "event_malformed", message: "\(error)", needsOperator: true)
            default:
                TaskFailure(errorClass: Problem(error).code, message: Problem(error).message)
            }
        }
        return TaskQueue(store, world, registry, retentionSeconds: Self.retentionSeconds)
    }

    /// How long handled messages are remembered in the inbox.
    private static let retentionSeconds = 7 * 86_400.0

    private func write(_ event: PaymentEvent) async throws {
        let now = world.now()
        try await store.write { tasks in
            _ = try tasks.connection.execute(
                """
                INSERT INTO notifications (event_id, type, order_id, uid, text, at, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (event_id) DO NOTHING
                """,
                [
                    .text(event.id), .text(event.kind.rawValue), .text(event.content.orderID),
                    .text(event.content.uid), .text(event.announcement), .instant(event.time), .instant(now),
                ])
        }
    }

    /// The newest notifications first.
    /// - Parameter orderID: nil for all orders.
    package func list(orderID: String?, limit: Int) async throws -> [EventNotification] {
        try await store.read { tasks in
            var clauses = SQLClauses()
            clauses.add("order_id = ", orderID.map(SQLValue.text))
            let limit = clauses.bind(.integer(limit))
            return try tasks.connection.query(
                "SELECT * FROM notifications \(clauses.text) ORDER BY number DESC LIMIT \(limit)", clauses.parameters
            ).map { row in
                EventNotification(
                    eventID: try row.text("event_id"), type: try row.text("type"), orderID: try row.text("order_id"),
                    uid: try row.optionalText("uid"), text: try row.text("text"), at: try row.instant("at"),
                    createdAt: try row.instant("created_at"))
            }
        }
    }

    package func close() async { await store.close() }
}

/// What a guest is notified of.
package struct EventNotification: Hashable, Sendable {
    package var eventID: String
    package var type: String
    package var orderID: String
    /// The guest; nil when the event names none.
    package var uid: String?
    package var text: String
    /// When it happened.
    package var at: Instant
    package var createdAt: Instant
}

extension PaymentEvent {
    /// The text of its notification.
    var announcement: String {
        let amount = "\(content.amount) \(content.currency)"
        switch kind {
        case .orderPaid: return "order \(content.orderID) is paid: \(amount)"
        case .orderDeclined:
            let reason = content.reason.map { " (\($0))" } ?? ""
            return "the payment of \(amount) for order \(content.orderID) was declined\(reason); nothing was taken"
        case .orderRefunded:
            return "\(amount) of \(content.taken) \(content.currency) for order \(content.orderID) is refunded"
        case .receiptStored: return "the receipt for \(amount) of order \(content.orderID) is ready"
        }
    }
}
