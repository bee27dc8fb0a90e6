package import SQLKit
package import WorldKit

/// The queues of ``EmbeddedBroker``, within a transaction.
///
/// A message is kept once for each queue that it reached, and belongs to a consumer until it is acknowledged or
/// returned. A consumer holds a lease, so that the messages of a dead one return.
package struct EmbeddedQueues {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// The tables, for a migration of the application. Instants are microseconds since 1970 UTC.
    package static let tables = """
        CREATE TABLE broker_exchanges (
            name TEXT NOT NULL UNIQUE
        );
        CREATE TABLE broker_queues (
            name TEXT NOT NULL UNIQUE
        );
        CREATE TABLE broker_bindings (
            exchange TEXT NOT NULL,
            type TEXT NOT NULL,
            queue TEXT NOT NULL,
            UNIQUE (exchange, type, queue)
        );
        CREATE TABLE broker_consumers (
            consumer TEXT NOT NULL UNIQUE,
            queue TEXT NOT NULL,
            -- The process.
            holder TEXT NOT NULL,
            expires_at INTEGER NOT NULL
        );
        CREATE TABLE broker_messages (
            position INTEGER PRIMARY KEY,
            queue TEXT NOT NULL,
            id TEXT NOT NULL,
            type TEXT NOT NULL,
            key TEXT NOT NULL,
            correlation_id TEXT NOT NULL,
            causation_id TEXT,
            reply_to TEXT,
            time INTEGER NOT NULL,
            trace_parent TEXT,
            schema_version INTEGER NOT NULL,
            content_type TEXT NOT NULL DEFAULT 'application/json',
            body BLOB NOT NULL,
            -- Who holds it; NULL while it waits.
            consumer TEXT,
            is_redelivered INTEGER NOT NULL DEFAULT 0
        );
        CREATE INDEX broker_messages_waiting ON broker_messages (queue, position) WHERE consumer IS NULL;
        CREATE INDEX broker_messages_held ON broker_messages (consumer, queue) WHERE consumer IS NOT NULL;
        """

    // MARK: Topology

    package func apply(_ topology: Topology) throws {
        try connection.execute(
            "INSERT INTO broker_exchanges (name) VALUES ($1) ON CONFLICT (name) DO NOTHING",
            [.text(topology.exchange)])
        try connection.executeEach(
            "INSERT INTO broker_queues (name) VALUES ($1) ON CONFLICT (name) DO NOTHING",
            topology.queues.map { [.text($0.name)] })
        try connection.executeEach(
            """
            INSERT INTO broker_bindings (exchange, type, queue) VALUES ($1, $2, $3)
            ON CONFLICT (exchange, type, queue) DO NOTHING
            """,
            topology.queues.flatMap { queue in
                queue.types.map { [.text(topology.exchange), .text($0), .text(queue.name)] }
            })
    }

    package func differences(from topology: Topology) throws -> [TopologyDifference] {
        var differences: [TopologyDifference] = []
        if try !exists("broker_exchanges", topology.exchange) {
            differences.append(TopologyDifference(.missingExchange, topology.exchange))
        }
        for queue in topology.queues {
            guard try exists("broker_queues", queue.name) else {
                differences.append(TopologyDifference(.missingQueue, queue.name))
                continue
            }
            for type in queue.types where try !queues(for: type, of: topology.exchange).contains(queue.name) {
                differences.append(TopologyDifference(.missingBinding, queue.name, type))
            }
        }
        return differences
    }

    /// Removes a queue with its bindings and messages; its consumers are canceled.
    package func deleteQueue(_ name: String) throws {
        for (table, column) in [
            ("broker_messages", "queue"), ("broker_bindings", "queue"), ("broker_consumers", "queue"),
            ("broker_queues", "name"),
        ] {
            try connection.execute("DELETE FROM \(table) WHERE \(column) = $1", [.text(name)])
        }
    }

    /// How many messages each queue has, held ones included.
    package func depths() throws -> [String: Int] {
        var depths: [String: Int] = [:]
        try connection.forEachRow(
            """
            SELECT name, (SELECT COUNT(*) FROM broker_messages WHERE queue = name) AS count FROM broker_queues
            """, []
        ) { depths[try $0.text("name")] = try $0.number("count") }
        return depths
    }

    private func exists(_ table: String, _ name: String) throws -> Bool {
        try !connection.query("SELECT 1 AS found FROM \(table) WHERE name = $1", [.text(name)]).isEmpty
    }

    private func queues(for type: String, of exchange: String) throws -> [String] {
        try connection.query(
            "SELECT queue FROM broker_bindings WHERE exchange = $1 AND type = $2 ORDER BY queue",
            [.text(exchange), .text(type)]
        ).map { try $0.text("queue") }
    }

    // MARK: Publishing

    /// Appends messages to the queues that are bound to their types.
    /// - Returns: the outcome of each, and the queues that have more now.
    package func publish(
        _ messages: [Message], to exchange: String
    ) throws -> (outcomes: [PublishOutcome], queues: Set<String>) {
        guard try exists("broker_exchanges", exchange) else {
            return (messages.map { _ in .refused(reason: "exchange \(exchange) not found") }, [])
        }
        var routes: [String: [String]] = [:]
        var rows: [[SQLValue]] = []
        let outcomes: [PublishOutcome] = try messages.map { message in
            if let defect = message.defect { return .refused(reason: defect) }
            let queues = try routes[message.type] ?? self.queues(for: message.type, of: exchange)
            routes[message.type] = queues
            guard !queues.isEmpty else {
                return .returned(reason: "no queue is bound to \(message.type) at exchange \(exchange)")
            }
            let values = message.envelopeValues + [.blob(message.body)]
            rows += queues.map { [.text($0)] + values }
            return .confirmed
        }
        try connection.executeEach(
            """
            INSERT INTO broker_messages (queue, \(Message.envelopeColumns), body)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """, rows)
        return (outcomes, Set(routes.values.joined()))
    }

    // MARK: Consuming

    /// A receiver of one queue.
    package struct Consumer: Hashable, Sendable {
        package var id: String
        package var queue: String
        /// The process that it belongs to.
        package var holder: String

        package init(id: String, queue: String, holder: String) {
            self.id = id
            self.queue = queue
            self.holder = holder
        }
    }

    /// - Returns: false when the queue does not exist.
    package func add(_ consumer: Consumer, until expiry: Instant) throws -> Bool {
        guard try exists("broker_queues", consumer.queue) else { return false }
        try connection.execute(
            "INSERT INTO broker_consumers (consumer, queue, holder, expires_at) VALUES ($1, $2, $3, $4)",
            [.text(consumer.id), .text(consumer.queue), .text(consumer.holder), .instant(expiry)])
        return true
    }

    /// Why a consumer gets nothing any more.
    package enum Loss: Error, Hashable, Sendable {
        case queueDeleted
        /// Its lease expired, and its messages were returned.
        case leaseExpired
    }

    /// Hands the oldest waiting messages of its queue to a consumer, and renews its lease once half of it is over.
    /// - Parameter isAlive: whether a process may still be running; a dead one's messages are returned immediately.
    /// - Returns: the positions and what they hold; tags count from zero.
    /// - Throws: ``Loss``.
    package func take(
        _ consumer: Consumer, limit: Int, at now: Instant, leaseSeconds: Double,
        isAlive: (_ holder: String) -> Bool = { _ in true }
    ) throws -> [(position: Int64, delivery: Delivery)] {
        try renew(consumer, at: now, leaseSeconds: leaseSeconds)
        try returnLost(on: consumer.queue, except: consumer, at: now, isAlive: isAlive)
        guard limit > 0 else { return [] }
        var taken: [(position: Int64, delivery: Delivery)] = []
        try connection.forEachRow(
            """
            SELECT * FROM broker_messages WHERE queue = $1 AND consumer IS NULL
            ORDER BY position LIMIT $2\(connection.dialect.skipLocked)
            """, [.text(consumer.queue), .integer(limit)]
        ) { row in
            taken.append(
                (
                    try row.integer("position"),
                    Delivery(
                        content: Self.content(row), tag: UInt64(taken.count),
                        isRedelivered: try row.bool("is_redelivered"))
                ))
        }
        let counts = try connection.executeEach(
            "UPDATE broker_messages SET consumer = $2 WHERE position = $1 AND consumer IS NULL",
            taken.map { [.integer($0.position), .text(consumer.id)] })
        return zip(taken, counts).filter { $0.1 == 1 }.map(\.0)
    }

    /// Removes messages that a consumer holds.
    /// - Returns: whether all were still its own.
    package func acknowledge(_ positions: [Int64], by consumer: Consumer) throws -> Bool {
        try connection.executeEach(
            "DELETE FROM broker_messages WHERE position = $1 AND consumer = $2",
            positions.map { [.integer($0), .text(consumer.id)] }
        ).allSatisfy { $0 == 1 }
    }

    /// Ends a consumer; what it holds returns to its place in the queue.
    package func remove(_ consumer: String) throws {
        try connection.execute(
            "UPDATE broker_messages SET consumer = NULL, is_redelivered = 1 WHERE consumer = $1", [.text(consumer)])
        try connection.execute("DELETE FROM broker_consumers WHERE consumer = $1", [.text(consumer)])
    }

    private func renew(_ consumer: Consumer, at now: Instant, leaseSeconds: Double) throws {
        let lease = try connection.query(
            "SELECT expires_at FROM broker_consumers WHERE consumer = $1", [.text(consumer.id)])
        guard let expiry = try lease.first?.instant("expires_at") else {
            throw try exists("broker_queues", consumer.queue) ? Loss.leaseExpired : Loss.queueDeleted
        }
        guard expiry.seconds(since: now) < leaseSeconds / 2 else { return }
        try connection.execute(
            "UPDATE broker_consumers SET expires_at = $2 WHERE consumer = $1",
            [.text(consumer.id), .instant(now.advanced(bySeconds: leaseSeconds))])
    }

    private func returnLost(
        on queue: String, except own: Consumer, at now: Instant, isAlive: (String) -> Bool
    ) throws {
        let others = try connection.query(
            "SELECT consumer, holder, expires_at FROM broker_consumers WHERE queue = $1 AND consumer <> $2",
            [.text(queue), .text(own.id)])
        for other in others {
            let holder = try other.text("holder")
            guard try other.instant("expires_at") <= now || holder != own.holder && !isAlive(holder) else { continue }
            try remove(try other.text("consumer"))
        }
    }

    private static func content(_ row: SQLRow) -> Result<Message, MalformedMessage> {
        let body = (try? row.blob("body")) ?? []
        do {
            let message = try Message(row, body: body)
            guard let defect = message.defect else { return .success(message) }
            throw SQLError(code: .decoding, message: defect)
        } catch {
            return .failure(
                MalformedMessage(
                    id: try? row.text("id"), type: try? row.text("type"),
                    reason: (error as? SQLError)?.message ?? "\(error)",
                    body: Array(body.prefix(Message.maximumBodySize))))
        }
    }
}
