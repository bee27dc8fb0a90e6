import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import SigningKit
import Synchronization
import TestSupport
import Testing
import WorldKit

@testable import Ordering

/// An ordering system on stores in memory, with a clock that stands still.
struct Shop {
    let system: LocalSystem
    let clock: Clock

    var gateway: Gateway { system.gateway }

    init(_ style: StyleName) async throws {
        clock = Clock()
        var databases: [ServiceName: any SQLDatabase] = [:]
        for service in ServiceName.allCases {
            databases[service] = try await TestStore.open(service.migrations)
        }
        system = LocalSystem(Style(style), databases, clock.world, Self.keys)
    }

    /// Passwords are hashed as cheaply as can be.
    static let keys = PasswordKeys(
        secret: Array(repeating: 7, count: 32), scrypt: Scrypt(cost: 2, blockSize: 1, parallelism: 1))

    var now: Instant { clock.world.now() }

    final class Clock: Sendable {
        private let state = Mutex((now: Instant(microseconds: 1_700_000_000_000_000), ids: 0))

        var world: World {
            World(
                now: { self.state.withLock { $0.now } },
                // The clock is only moved by hand.
                sleep: { _ in
                    await untilCancelled()
                    throw CancellationError()
                },
                randomBytes: { count in
                    let id = self.nextID()
                    return (0..<count).map { UInt8(truncatingIfNeeded: id &+ $0) }
                },
                newID: { "id-\(self.nextID())" })
        }

        func advance(bySeconds seconds: Double) {
            state.withLock { $0.now = $0.now.advanced(bySeconds: seconds) }
        }

        private func nextID() -> Int {
            state.withLock { state in
                state.ids += 1
                return state.ids
            }
        }
    }

    static let password = "correct horse"

    /// Registers a user and deposits money.
    /// - Returns: the user's id.
    func customer(_ email: String = "pavel@example.com", _ balance: String = "0") async throws -> String {
        let answer = try await gateway.register(
            Gateway.Registration(email: email, password: Self.password, firstName: "Pavel", lastName: "Ivanov"))
        #expect(answer.status == 201)
        let userID = try #require(answer.fields[.userID])
        try await system.settle()
        let money = try Money(decimal: balance)
        if money > .zero { #expect(try await gateway.deposit(money, userID: userID).status == 200) }
        try await system.settle()
        return userID
    }

    /// Moves everything on, postponed requests included: one that found its order in the hands of another step was put
    /// off.
    func comeToRest() async throws {
        for _ in 0..<5 {
            try await system.settle()
            clock.advance(bySeconds: 30)
        }
    }

    func balance(_ userID: String) async throws -> String? {
        try await gateway.account(userID: userID).fields[.balance]?.decimal
    }

    /// Expects that all invariants hold, at rest.
    func expectSound(_ answers: [OrderingSnapshot.ClientAnswer] = [], atRest: Bool = true) async throws {
        for broken in try await system.snapshot(answers: answers).broken(isAtRest: atRest) {
            Issue.record("\(broken)")
        }
    }
}

extension Gateway {
    func buy(_ price: String, userID: String, basketID: String? = nil, key: String? = nil) async throws -> Answer {
        try await order(try Money(decimal: price), userID: userID, basketID: basketID, key: key)
    }
}

extension Gateway.Answer {
    func asClientAnswer(userID: String, key: String? = nil) -> OrderingSnapshot.ClientAnswer {
        .init(userID: userID, key: key, status: status, orderID: fields[.orderID])
    }
}

extension Shop {
    /// Runs SQL in the store of a service.
    func execute(_ sql: String, at service: ServiceName) async throws {
        try await system.node(service).store.write { _ = try $0.connection.execute(sql) }
    }

    func rows(_ sql: String, at service: ServiceName) async throws -> [SQLRow] {
        try await system.node(service).store.read { try $0.connection.query(sql) }
    }

    /// Lets messages of a type wait in the outbox of their sender.
    func hold(_ type: MessageType) async throws {
        switch StoreEngine.current {
        case .sqlite:
            try await execute(
                """
                CREATE TRIGGER hold AFTER INSERT ON outbox WHEN NEW.type = '\(type.rawValue)'
                BEGIN UPDATE outbox SET state = 'parked', error = 'held' WHERE position = NEW.position; END
                """, at: type.sender)
        case .postgres:
            try await execute(
                """
                CREATE OR REPLACE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN NEW.state := ''parked''; NEW.error := ''held''; RETURN NEW; END'
                """, at: type.sender)
            try await execute(
                """
                CREATE TRIGGER hold BEFORE INSERT ON outbox FOR EACH ROW WHEN (NEW.type = '\(type.rawValue)')
                EXECUTE FUNCTION hold()
                """, at: type.sender)
        }
    }

    func release(_ type: MessageType) async throws {
        let onTable = StoreEngine.current == .postgres ? " ON outbox" : ""
        try await execute("DROP TRIGGER hold\(onTable)", at: type.sender)
        try await execute("UPDATE outbox SET state = 'unsent', error = NULL WHERE error = 'held'", at: type.sender)
    }

    /// Everything the services did, but not when and how often they tried.
    func effects() async throws -> String {
        let snapshot = try await system.snapshot()
        return """
            \(snapshot.accounts) \(snapshot.entries) \(snapshot.payments) \(snapshot.baskets) \(snapshot.orders)
            \(snapshot.moves) \(snapshot.notifications) \(snapshot.pushEvents) \(snapshot.sent.map(\.message.id))
            \(snapshot.effects)
            """
    }
}
