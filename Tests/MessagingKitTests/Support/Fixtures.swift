import MessagingKit
import QueueKit
import SQLKit
import Synchronization
import TestSupport
import WorldKit

extension Message {
    static func example(
        _ id: String, type: String = "Test/A", key: String = "k", body: String = "{}"
    ) -> Message {
        Message(
            id: id, type: type, key: key, correlationID: "c", time: Instant(microseconds: 1_700_000_000_000_000),
            body: Array(body.utf8))
    }
}

/// A service's database with an outbox.
struct OutboxFixture {
    let database: any SQLDatabase
    let clock = VirtualClock()

    init() async throws {
        database = try await TestStore.open([
            SQLMigration(
                version: 1, name: "outbox", sql: Outbox.table, serverSQL: Outbox.serverSettings + SQLGuards.table)
        ])
    }

    func append(_ messages: [Message], to exchange: String = "x") async throws {
        let now = clock.now
        try await database.write { try Outbox($0).append(messages, to: exchange, at: now) }
    }

    func list(_ filter: OutboxFilter = OutboxFilter()) async throws -> [OutboxEntry] {
        try await database.read { try Outbox($0).list(filter) }
    }

    func ids(_ states: OutboxEntry.State...) async throws -> [String] {
        var filter = OutboxFilter()
        filter.states = states
        return try await list(filter).map(\.message.id)
    }

    /// The ids that can be sent now.
    func unsent(limit: Int = 100) async throws -> [String] {
        try await database.write { try Outbox($0).unsent(limit: limit).entries.map(\.message.id) }
    }

    /// Records outcomes of unsent rows, by id; the others are confirmed.
    func settle(_ outcomes: [String: PublishOutcome], attempts: Int = 1) async throws {
        let now = clock.now
        try await database.write { connection in
            let outbox = Outbox(connection)
            let entries = try outbox.unsent(limit: 1000).entries
            try outbox.settle(
                entries.map { ($0, outcomes[$0.message.id] ?? .confirmed) },
                RetryPolicy(
                    polls: 0, periodSeconds: 0, baseSeconds: 1, capSeconds: 60, jitter: 0, maxAttempts: attempts),
                at: now)
        }
    }

    func relay(_ broker: any Broker, holder: String = "one", dead: Set<String> = []) -> Relay {
        Relay(database, broker, clock.world, Processes(own: holder) { !dead.contains($0) })
    }
}

/// A broker whose outcomes a test decides, and which remembers what it was given.
final class ScriptedBroker: Broker {
    let name = "scripted"
    private let windows = Mutex<[[Message]]>([])
    private let outcome: Mutex<@Sendable (Message) async -> PublishOutcome>

    init(_ outcome: @escaping @Sendable (Message) async -> PublishOutcome = { _ in .confirmed }) {
        self.outcome = Mutex(outcome)
    }

    /// The ids of each publish.
    var published: [[String]] { windows.withLock { $0.map { $0.map(\.id) } } }
    var largestWindow: Int {
        windows.withLock { $0.map { $0.reduce(0) { $0 + $1.body.count } }.max() ?? 0 }
    }

    func decide(_ outcome: @escaping @Sendable (Message) async -> PublishOutcome) {
        self.outcome.withLock { $0 = outcome }
    }

    func publish(_ messages: [Message], to exchange: String) async -> [PublishOutcome] {
        windows.withLock { $0.append(messages) }
        let outcome = outcome.withLock { $0 }
        var outcomes: [PublishOutcome] = []
        for message in messages { outcomes.append(await outcome(message)) }
        return outcomes
    }

    func apply(_ topology: Topology) async throws -> [TopologyDifference] { [] }
    func differences(from topology: Topology) async throws -> [TopologyDifference] { [] }
    func depths(of queues: [String]) async throws -> [String: Int] { [:] }
    func subscribe(to queue: String, prefetch: Int) async throws -> any Subscription {
        throw BrokerError(.missing, "queue \(queue) not found")
    }
    func close() async {}
}
