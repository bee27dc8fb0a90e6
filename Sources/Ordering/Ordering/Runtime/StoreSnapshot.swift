import MessagingKit
package import OrderingCore
package import SQLKit

extension OrderingSnapshot {
    /// Reads the stores of all services; each is consistent in itself.
    package init(of databases: [ServiceName: any SQLDatabase], style: StyleName) async throws {
        var snapshot = OrderingSnapshot(style: style)
        for service in ServiceName.allCases {
            guard let database = databases[service] else { continue }
            let (before, name) = (snapshot, service)
            snapshot = try await database.read { connection in
                var snapshot = before
                try snapshot.add(connection, of: name)
                return snapshot
            }
        }
        self = snapshot
    }

    /// Adds what the store of one service holds.
    package mutating func add(_ connection: any SQLConnection, of service: ServiceName) throws {
        try addRecords(connection, of: service)
        try addTraffic(connection, of: service)
    }

    private mutating func addRecords(_ connection: any SQLConnection, of service: ServiceName) throws {
        switch service {
        case .gateway:
            for row in try connection.query("SELECT subject, answer_status FROM requests WHERE kind = 'order'") {
                let orderID = try row.text("subject")
                accepted.insert(orderID)
                if let status = try row.optionalInteger("answer_status"), ![200, 202, 422].contains(status) {
                    refused.insert(orderID)
                }
            }
            try addPushEvents(connection)
        case .identity: break
        case .billing:
            accounts = try connection.query("SELECT * FROM accounts ORDER BY user_id").map {
                Account(userID: try $0.text("user_id"), balance: try $0.money("balance"))
            }
            entries = try connection.query("SELECT * FROM entries ORDER BY user_id, number").map { try $0.entry() }
            payments = try connection.query("SELECT * FROM payments ORDER BY id").map { try $0.payment() }
        case .order:
            baskets = try connection.query("SELECT * FROM baskets ORDER BY id").map { try $0.basket() }
            orders = try connection.query("SELECT * FROM orders ORDER BY created_at, id").map { try $0.order() }
            moves = try connection.query("SELECT * FROM order_moves ORDER BY number").map {
                StatusMove(orderID: try $0.text("order_id"), status: try $0.word("status"))
            }
        case .notification:
            notifications = try connection.query("SELECT * FROM notifications ORDER BY number").map {
                try $0.notification()
            }
        case .push: try addPushEvents(connection)
        }
    }

    private mutating func addPushEvents(_ connection: any SQLConnection) throws {
        pushEvents += try connection.query("SELECT * FROM push_events ORDER BY user_id, number").map {
            try $0.pushEvent()
        }
    }

    /// What the service sent, handled and has still to do.
    private mutating func addTraffic(_ connection: any SQLConnection, of service: ServiceName) throws {
        sent += try connection.query("SELECT * FROM outbox ORDER BY position").map { try $0.sentMessage(by: service) }
        effects += try connection.query("SELECT id FROM handled ORDER BY number").map {
            Effect(service: service, messageID: try $0.text("id"))
        }
        work += try connection.query(
            """
            SELECT key, state, error_class, error_message FROM tasks WHERE state NOT IN ('done', 'canceled')
            ORDER BY task_id
            """
        ).map { row in
            let words = [try row.optionalText("error_class"), try row.optionalText("error_message")].compactMap { $0 }
            return UnfinishedWork(
                service: service, id: try row.text("key"), isStuck: try row.text("state") == "stuck",
                error: words.isEmpty ? nil : words.joined(separator: ": "))
        }
    }
}

extension SQLRow {
    /// A row of an outbox.
    func sentMessage(by sender: ServiceName) throws -> OrderingSnapshot.SentMessage {
        let message = Message(
            id: try text("id"), type: try text("type"), key: try text("key"),
            correlationID: try text("correlation_id"), causationID: try optionalText("causation_id"),
            replyTo: try optionalText("reply_to"), time: try instant("time"),
            traceParent: try optionalText("trace_parent"), schemaVersion: try number("schema_version"),
            body: Array(try text("body").utf8))
        let state: OrderingSnapshot.SentMessage.State =
            switch try text("state") {
            case "sent", "skipped": .sent
            case "parked": .parked(error: try optionalText("error"))
            default: .unsent
            }
        return .init(sender: sender, position: try integer("position"), message: message, state: state)
    }
}
