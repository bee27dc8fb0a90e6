import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import WorldKit

/// What a trace reads of one service's store.
struct TraceStore {
    /// A message or a request that a service sent for one cause.
    struct Sent: Sendable {
        enum Content: Sendable {
            case message(MessageType)
            /// - Parameter answer: nil while it has none.
            case call(Endpoint, answer: Answer?)
        }

        struct Answer: Sendable {
            var status: Int
            var at: Instant
        }

        var id: String
        var content: Content
        var at: Instant
        var attempts: Int
        var trouble: String?
    }

    /// A message at a service that receives it.
    struct Received: Sendable {
        var at: Instant
        var isHandled: Bool
        var attempts: Int
        var trouble: String?
    }

    /// A request of a client.
    struct Asked: Sendable {
        var id: String
        var kind: GatewayRequests.Kind
        var userID: String
        var subject: String
        var at: Instant
        var reply: Sent.Answer?
        var lookup: GatewayRequests.Lookup?
    }

    /// How many things one cause can make a service send; the most that any operation sends are two.
    private static let maximumSent = 4

    let service: ServiceName
    let connection: any SQLConnection

    func sent(because cause: String) throws -> [Sent] {
        try (0..<Self.maximumSent).compactMap { number in
            let id = DerivedID.make(sender: service, cause: cause, number: number)
            return try message(id) ?? call(id)
        }
    }

    private func message(_ id: String) throws -> Sent? {
        guard
            let row = try connection.query(
                "SELECT type, created_at, state, error FROM outbox WHERE id = $1", [.text(id)]
            ).first, let type = MessageType(rawValue: try row.text("type"))
        else { return nil }
        let isSent = try ["sent", "skipped"].contains(row.text("state"))
        return Sent(
            id: id, content: .message(type), at: try row.instant("created_at"), attempts: 1,
            trouble: isSent ? nil : try row.optionalText("error"))
    }

    private func call(_ id: String) throws -> Sent? {
        guard let row = try task(.call, id),
            let endpoint = try row.words("payload")["endpoint"].flatMap(Endpoint.init(rawValue:))
        else { return nil }
        let answer = try handled(id)
        return Sent(
            id: id, content: .call(endpoint, answer: answer.flatMap(\.answer)), at: try row.instant("created_at"),
            attempts: try row.number("attempts"), trouble: answer == nil ? try trouble(row) : nil)
    }

    func received(_ id: String) throws -> Received? {
        let mark = try handled(id)
        guard let row = try task(.message, id) else {
            return mark.map { Received(at: $0.at, isHandled: true, attempts: 1) }
        }
        return Received(
            at: try row.instant("created_at"), isHandled: mark != nil, attempts: try row.number("attempts"),
            trouble: mark == nil ? try trouble(row) : nil)
    }

    private func task(_ kind: TaskKind, _ key: String) throws -> SQLRow? {
        try connection.query("SELECT * FROM tasks WHERE kind = $1 AND key = $2", [.text(kind.rawValue), .text(key)])
            .first
    }

    private func trouble(_ row: SQLRow) throws -> String? {
        let words = [try row.optionalText("error_class"), try row.optionalText("error_message")].compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: ": ")
    }

    private struct Mark {
        var at: Instant
        var status: Int?

        var answer: Sent.Answer? { status.map { Sent.Answer(status: $0, at: at) } }
    }

    private func handled(_ id: String) throws -> Mark? {
        try connection.query("SELECT at, status FROM handled WHERE id = $1", [.text(id)]).first.map { row in
            Mark(at: try row.instant("at"), status: try row.optionalInteger("status", in: 200...599).map { Int($0) })
        }
    }

    // MARK: Gateway

    /// The first request about an order; the request with this id, or the registration of this user.
    func asked(_ id: String) throws -> Asked? {
        let row = try connection.query(
            """
            SELECT requests.*, lookups.id AS lookup_id, lookups.endpoint, lookups.status AS lookup_status,
                lookups.asked_at
            FROM requests LEFT JOIN lookups ON lookups.request_id = requests.id
            WHERE requests.id = $1 OR subject = $1 AND kind IN ('order', 'registration')
            ORDER BY kind = 'order' DESC, created_at, requests.id LIMIT 1
            """, [.text(id)]
        ).first
        return try row.map { row in
            var asked = Asked(
                id: try row.text("id"), kind: try row.word("kind"), userID: try row.text("user_id"),
                subject: try row.text("subject"), at: try row.instant("created_at"))
            if let status = try row.optionalInteger("answer_status", in: 200...599),
                let at = try row.optionalInstant("answered_at")
            {
                asked.reply = Sent.Answer(status: Int(status), at: at)
            }
            if let id = try row.optionalText("lookup_id"), let endpoint: Endpoint = try row.optionalWord("endpoint") {
                asked.lookup = .init(
                    id: id, endpoint: endpoint, status: try row.number("lookup_status"),
                    askedAt: try row.instant("asked_at"))
            }
            return asked
        }
    }

    // MARK: Effects

    /// How an order ended; nil while it has not.
    func outcome(orderID: String) throws -> OrderOutcome? {
        let row = try connection.query("SELECT status, reason FROM orders WHERE id = $1", [.text(orderID)]).first
        guard let row, try row.word("status") as Order.Status != .pending else { return nil }
        return OrderOutcome(refusal: try row.optionalWord("reason"))
    }

    /// What the service keeps of an order or a user, with the time where it is kept.
    func effects(_ subject: String, _ kind: GatewayRequests.Kind) throws -> [(SequenceArrow.Kind, Instant?)] {
        func rows(_ sql: String) throws -> [SQLRow] { try connection.query(sql, [.text(subject)]) }
        switch (service, kind) {
        case (.order, .order):
            return try rows("SELECT status, at FROM order_moves WHERE order_id = $1 ORDER BY number").map { row in
                let status: Order.Status = try row.word("status")
                let work: OwnWork = status == .pending ? .createOrder : status == .failed ? .failOrder : .succeedOrder
                return (.work(work), try row.instant("at"))
            }
        case (.notification, .order):
            return try rows("SELECT status, created_at FROM notifications WHERE order_id = $1").map {
                (.email(try $0.word("status")), try $0.instant("created_at"))
            }
        case (.push, .order), (.gateway, .order):
            return try rows("SELECT created_at FROM push_events WHERE order_id = $1").map {
                (service == .push ? .pushEvent : .work(.keepPushEvent), try $0.instant("created_at"))
            }
        case (.identity, .registration):
            return try rows("SELECT created_at FROM users WHERE id = $1").map {
                (.work(.createUser), try $0.instant("created_at"))
            }
        case (.billing, .registration):
            return try rows("SELECT user_id FROM accounts WHERE user_id = $1").map { _ in (.work(.createAccount), nil) }
        case (.notification, .registration):
            return try rows("SELECT id FROM profiles WHERE id = $1").map { _ in (.work(.createProfile), nil) }
        default: return []
        }
    }
}
