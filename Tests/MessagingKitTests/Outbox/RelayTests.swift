import QueueKit
import SQLKit
import Synchronization
import TestSupport
import Testing
import WorldKit

@testable import MessagingKit

@Suite(.everyEngine) struct RelayTests {
    @Test func `everything is sent once, in order, in windows of bounded size`() async throws {
        let fixture = try await OutboxFixture()
        let body = "\"" + String(repeating: "x", count: 3000) + "\""
        try await fixture.append((0..<200).map { .example("\($0)", key: "\($0 % 9)", body: body) })
        let broker = ScriptedBroker()
        var relay = fixture.relay(broker)
        relay.windowBytes = 64 << 10
        let pass = await relay.flush()
        #expect(pass.sent == 200 && pass.failure == nil)
        #expect(Array(broker.published.joined()) == (0..<200).map { "\($0)" })
        #expect(broker.largestWindow <= 64 << 10 && broker.published.count > 5)
        #expect(try await fixture.ids(.sent).count == 200)
        #expect(await relay.flush() == Relay.Pass())
        #expect(broker.published.joined().count == 200)
    }

    @Test func `a window holds of each key rows of one type, so that none overtakes`() async throws {
        let entries = try await OutboxFixture.entries([
            ("a1", "a", "T/1"), ("b1", "b", "T/2"), ("a2", "a", "T/1"), ("a3", "a", "T/2"), ("a4", "a", "T/1"),
            ("b2", "b", "T/2"), ("c1", "c", "T/3"),
        ])
        var rest = entries
        var windows: [[String]] = []
        while let window = RelayWindow(from: &rest, limit: 100, bytes: 1 << 20) {
            windows.append(window.entries.map(\.message.id))
        }
        #expect(windows == [["a1", "b1", "a2", "b2", "c1"], ["a3"], ["a4"]])
        rest = entries
        #expect(RelayWindow(from: &rest, limit: 2, bytes: 1 << 20)?.entries.map(\.message.id) == ["a1", "b1"])
        #expect(rest.map(\.message.id) == ["a2", "a3", "a4", "b2", "c1"])
        #expect(RelayWindow(from: &rest, limit: 9, bytes: 1)?.entries.map(\.message.id) == ["a2"])
        // Beside a window that is being published, only other keys may go.
        rest = entries
        let other = RelayWindow(from: &rest, limit: 9, bytes: 1 << 20, withoutKeys: ["a", "c"])
        #expect(other?.entries.map(\.message.id) == ["b1", "b2"])
        #expect(RelayWindow(from: &rest, limit: 9, bytes: 1 << 20, withoutKeys: ["a", "c"]) == nil)
        #expect(rest.map(\.message.id) == ["a1", "a2", "a3", "a4", "c1"])
    }

    @Test func `a returned message holds up its key and no other, and is parked with its reason`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append([
            .example("a1", type: "T/bad", key: "a"), .example("b1", key: "b"), .example("a2", key: "a"),
            .example("b2", key: "b"),
        ])
        let broker = ScriptedBroker { $0.type == "T/bad" ? .returned(reason: "no queue") : .confirmed }
        let relay = fixture.relay(broker)
        let pass = await relay.flush()
        #expect(pass.sent == 2 && pass.parked == 1)
        #expect(try await fixture.ids(.sent) == ["b1", "b2"])
        #expect(try await fixture.ids(.parked) == ["a1"])
        // The binding is made; the row is sent again by itself, and what waits behind it.
        broker.decide { _ in .confirmed }
        fixture.clock.advance(bySeconds: 2)
        #expect(await relay.flush().sent == 2)
        #expect(broker.published.suffix(2) == [["a1"], ["a2"]])
    }

    @Test func `an oversized message is refused without holding up its neighbors`() async throws {
        let fixture = try await OutboxFixture()
        let body = "\"" + String(repeating: "x", count: Message.maximumBodySize) + "\""
        try await fixture.append([
            .example("a1", key: "a", body: body), .example("a2", key: "a"), .example("b1", key: "b"),
        ])
        let broker = ScriptedBroker { $0.defect.map { .refused(reason: $0) } ?? .confirmed }
        let pass = await fixture.relay(broker).flush()
        #expect(pass.sent == 1 && pass.parked == 1)
        #expect(try await fixture.ids(.sent) == ["b1"])
    }

    @Test func `what is not confirmed is published again, until it is`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append((0..<3).map { .example("\($0)") })
        let calls = Mutex(0)
        let broker = ScriptedBroker { message in
            guard message.id == "1" else { return .confirmed }
            return calls.withLock { calls in
                calls += 1
                return calls < 4 ? .unknown(reason: "connection lost") : .confirmed
            }
        }
        let relay = fixture.relay(broker)
        for _ in 0..<3 {
            let pass = await relay.flush()
            #expect(pass.failure == "connection lost" && pass.unknown == 1)
        }
        #expect(await relay.flush().sent == 1)
        #expect(broker.published == [["0", "1", "2"], ["1"], ["1"], ["1"]])
        #expect(try await fixture.list().map(\.attempts) == [1, 4, 1])
    }

    @Test func `it backs off while the broker is down, and goes on by itself`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append([.example("1")])
        let broker = ScriptedBroker { _ in .unknown(reason: "down") }
        var relay = fixture.relay(broker)
        relay.pollSeconds = 1000
        let (sent, didSend) = AsyncStream.makeStream(of: Int.self)
        let failures = Mutex(0)
        relay.report = { pass in
            if pass.sent > 0 { didSend.yield(pass.sent) }
            guard pass.failure != nil else { return }
            let count = failures.withLock { failures in
                failures += 1
                return failures
            }
            if count == 9 { broker.decide { _ in .confirmed } }
        }
        let service = relay
        let running = Task { await service.run() }
        for await _ in sent { break }
        running.cancel()
        await running.value
        #expect(fixture.clock.slept.prefix(9) == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5])
        #expect(try await fixture.ids(.sent) == ["1"])
    }

    @Test func `a commit of this process wakes it`() async throws {
        let fixture = try await OutboxFixture()
        let broker = ScriptedBroker()
        let relay = fixture.relay(broker)
        let (idle, isIdle) = AsyncStream.makeStream(of: Void.self)
        fixture.clock.beforeSleep { _ in
            isIdle.yield()
            await untilCancelled()
        }
        let (sent, didSend) = AsyncStream.makeStream(of: Void.self)
        broker.decide { _ in
            didSend.yield()
            return .confirmed
        }
        let running = Task { await relay.run() }
        for await _ in idle { break }
        try await fixture.append([.example("1")])
        relay.committed.notify()
        for await _ in sent { break }
        running.cancel()
        await running.value
        #expect(broker.published == [["1"]])
    }

    @Test func `a stop completes the window that is being published, and records it`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append((0..<4).map { .example("\($0)") })
        let (publishing, isPublishing) = AsyncStream.makeStream(of: Void.self)
        let (go, mayGo) = AsyncStream.makeStream(of: Void.self)
        let broker = ScriptedBroker { message in
            if message.id == "0" {
                isPublishing.yield()
                for await _ in go { break }
            }
            return .confirmed
        }
        var relay = fixture.relay(broker)
        relay.windowCount = 2
        let service = relay
        let running = Task { await service.run() }
        for await _ in publishing { break }
        running.cancel()
        mayGo.yield()
        await running.value
        #expect(broker.published == [["0", "1"]])
        #expect(try await fixture.ids(.sent) == ["0", "1"])
        #expect(try await fixture.ids(.unsent) == ["2", "3"])
        // And another one need not wait for the lease.
        #expect(await fixture.relay(broker, holder: "two").flush().sent == 2)
    }

    @Test func `two relays of one outbox send each message once`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append((0..<500).map { .example("\($0)", key: "\($0)") })
        let broker = ScriptedBroker()
        var relays = [fixture.relay(broker, holder: "one"), fixture.relay(broker, holder: "two")]
        for place in relays.indices { relays[place].batch = 10 }
        let passes = await withTaskGroup(of: Relay.Pass.self) { group in
            for relay in relays { group.addTask { await relay.flush() } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(passes.map(\.sent).sorted() == [0, 500])
        #expect(broker.published.joined().count == 500)
    }

    @Test func `a relay that dies before it records sends again under the same id`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append([.example("1")])
        let broker = ScriptedBroker()
        // Published, and never recorded: the process ends here.
        let entries = try await fixture.database.write { connection in
            let outbox = Outbox(connection)
            _ = try outbox.claimSending("dead relay", holder: "dead", leaseSeconds: 30, at: fixture.clock.now)
            return try outbox.unsent(limit: 9).entries
        }
        _ = await broker.publish(entries.map(\.message), to: "x")
        #expect(await fixture.relay(broker).flush().isStandby, "as far as it knows, the other may still send")
        #expect(await fixture.relay(broker, dead: ["dead"]).flush().sent == 1)
        #expect(broker.published == [["1"], ["1"]])
    }

    @Test func `a row that was committed late is not passed over`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append((0..<3).map { .example("\($0)", key: "\($0)") })
        // Its place is before those that were sent.
        try await fixture.database.write { connection in
            try connection.execute("UPDATE outbox SET position = position + 10")
        }
        let broker = ScriptedBroker()
        let relay = fixture.relay(broker)
        #expect(await relay.flush().sent == 3)
        try await fixture.append([.example("late", key: "late")])
        try await fixture.database.write { connection in
            try connection.execute("UPDATE outbox SET position = 1 WHERE id = 'late'")
        }
        #expect(await relay.flush().sent == 1)
    }

    @Test func `the embedded broker and the outbox lose nothing when their store fails`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append([.example("1")])
        let broker = ScriptedBroker()
        let relay = fixture.relay(broker)
        await fixture.database.close()
        let pass = await relay.flush()
        #expect(pass.failure != nil && broker.published.isEmpty)
    }
}

extension OutboxFixture {
    fileprivate static func entries(_ rows: [(id: String, key: String, type: String)]) async throws -> [OutboxEntry] {
        let fixture = try await OutboxFixture()
        try await fixture.append(rows.map { .example($0.id, type: $0.type, key: $0.key) })
        return try await fixture.list()
    }
}
