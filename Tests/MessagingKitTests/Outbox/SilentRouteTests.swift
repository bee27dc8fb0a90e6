import QueueKit
import Synchronization
import TestSupport
import Testing
import WorldKit

@testable import MessagingKit

/// A route on which a working broker confirms nothing.
@Suite struct SilentRouteTests {
    private static let silent = "T/silent"

    /// A broker that confirms every type except one.
    private static func broker() -> ScriptedBroker {
        ScriptedBroker { $0.type == silent ? .unconfirmed(reason: "no confirm within 30 s") : .confirmed }
    }

    private static func published(_ broker: ScriptedBroker, _ prefix: String) -> [String] {
        broker.published.joined().filter { $0.hasPrefix(prefix) }
    }

    @Test func `it holds up no other key, and is not published again and again`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append((0..<200).map { .example("s\($0)", type: Self.silent, key: "s\($0)") })
        try await fixture.append([.example("behind", key: "s150")])
        try await fixture.append((0..<30).map { .example("h\($0)", key: "h\($0)") })
        let broker = Self.broker()
        var relay = fixture.relay(broker)
        (relay.windowCount, relay.batch) = (10, 20)
        let pass = await relay.flush()
        #expect(pass.sent == 30 && pass.failure == nil)
        #expect(Self.published(broker, "s").count <= 40, "what is found out once is not tried for each row")
        #expect(try await fixture.ids(.parked).count == 200)
        #expect(try await fixture.ids(.sent).count == 30)
        // Later rows are set aside without being published.
        let before = Self.published(broker, "s").count
        try await fixture.append([.example("s200", type: Self.silent, key: "s200"), .example("h30", key: "h30")])
        #expect(await relay.flush().sent == 1)
        #expect(Self.published(broker, "s").count == before)
        let errors = Set(try await fixture.list().filter { $0.state == .parked }.map(\.error))
        #expect(errors == ["no confirm within 30 s"])
    }

    @Test func `one row at a time is tried, apart from everything else, and the others follow in order`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append((0..<50).map { .example("s\($0)", type: Self.silent, key: "k\($0 % 5)") })
        try await fixture.append([.example("behind", key: "k0")])
        let broker = Self.broker()
        let relay = fixture.relay(broker)
        _ = await relay.flush()
        #expect(try await fixture.ids(.sent) == [])
        let before = broker.published.count
        // The pause is over; the trial may take any time, while other keys are sent.
        let (trial, isTrying) = AsyncStream.makeStream(of: String.self)
        let (go, mayGo) = AsyncStream.makeStream(of: Void.self)
        broker.decide { message in
            guard message.type == Self.silent else { return .confirmed }
            isTrying.yield(message.id)
            for await _ in go { break }
            return .confirmed
        }
        fixture.clock.advance(bySeconds: 60)
        _ = await relay.flush()
        for await id in trial {
            #expect(id == "s0")
            break
        }
        try await fixture.append([.example("h", key: "h")])
        #expect(await relay.flush().sent == 1)
        #expect(broker.published[before...].filter { $0 != ["h"] } == [["s0"]])
        broker.decide { _ in .confirmed }
        mayGo.yield()
        // The end of the trial wakes the relay.
        try await relay.committed.wait { await untilCancelled() }
        #expect(await relay.flush().sent == 51)
        #expect(try await fixture.ids(.sent).count == 52)
        for key in 0..<5 {
            let ids = Self.published(broker, "s").compactMap { Int($0.dropFirst()) }.filter { $0 % 5 == key }
            #expect(ids.suffix(10) == Array(stride(from: key, to: 50, by: 5)), "key \(key)")
        }
        let order = Array(broker.published.joined())
        #expect(order.lastIndex(of: "behind") ?? 0 > order.lastIndex(of: "s45") ?? .max)
    }

    @Test func `pauses between trials grow, and an answer of any kind ends the silence`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append([.example("s", type: Self.silent)])
        let entry = try #require(try await fixture.list().first)
        let policy = RetryPolicy(polls: 0, periodSeconds: 0, baseSeconds: 1, capSeconds: 8, jitter: 0, maxAttempts: 2)
        let routes = SilentRoutes()
        var now = fixture.clock.now
        let silence = PublishOutcome.unconfirmed(reason: "silence")
        routes.note([(entry, silence)], policy, at: now)
        for pause in [1.0, 2, 4, 8, 8] {
            guard case .setAside(let until, "silence") = routes.verdict(on: entry.route, at: now) else {
                Issue.record("it is tried too early")
                return
            }
            #expect(until.seconds(since: now) == pause)
            // The outcome of a publish that was in flight when the silence was noticed changes nothing.
            routes.note([(entry, silence)], policy, at: now)
            now = until
            guard case .probe = routes.verdict(on: entry.route, at: now),
                case .setAside = routes.verdict(on: entry.route, at: now)
            else {
                Issue.record("exactly one row is tried")
                return
            }
            routes.ended(entry, silence, policy, at: now)
        }
        for answer in [PublishOutcome.confirmed, .returned(reason: "no queue"), .refused(reason: "no right")] {
            now = now.advanced(bySeconds: 60)
            _ = routes.verdict(on: entry.route, at: now)
            routes.ended(entry, answer, policy, at: now)
            guard case .publish = routes.verdict(on: entry.route, at: now) else {
                Issue.record("\(answer) is an answer")
                return
            }
            routes.note([(entry, silence)], policy, at: now)
        }
        // A lost connection says nothing about the route, so it is tried again without a longer pause.
        now = now.advanced(bySeconds: 60)
        _ = routes.verdict(on: entry.route, at: now)
        routes.ended(entry, .unknown(reason: "down"), policy, at: now)
        guard case .probe = routes.verdict(on: entry.route, at: now) else {
            Issue.record("it is not tried again")
            return
        }
    }
}
