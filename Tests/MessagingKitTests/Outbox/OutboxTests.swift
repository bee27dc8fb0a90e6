import MessagingKit
import QueueKit
import SQLKit
import TestSupport
import Testing
import WorldKit

@Suite(.everyEngine) struct OutboxTests {
    @Test func `a message is added once, however often its handler runs`() async throws {
        let fixture = try await OutboxFixture()
        let message = Message(
            id: "billing:payment-1:0", type: "Billing/PaymentCreated", key: "account-1", correlationID: "c-1",
            causationID: "m-0", replyTo: "answers", time: Instant(microseconds: 1_700_000_000_123_456),
            traceParent: "00-1-2-01", schemaVersion: 2, body: Array(#"{"note":"обед"}"#.utf8))
        for _ in 0..<2 { try await fixture.append([message]) }
        let rows = try await fixture.list()
        #expect(rows.map(\.message) == [message])
        #expect(rows.map(\.state) == [.unsent] && rows.map(\.exchange) == ["x"] && rows.map(\.attempts) == [0])
        #expect(rows.map(\.createdAt) == [fixture.clock.now])
    }

    @Test func `what was confirmed is sent, what was returned or refused is parked, what is unknown stays`()
        async throws
    {
        let fixture = try await OutboxFixture()
        try await fixture.append(["a", "b", "c", "d"].map { .example($0, key: $0) })
        try await fixture.settle([
            "b": .returned(reason: "no queue"), "c": .refused(reason: "no exchange"), "d": .unknown(reason: "lost"),
        ])
        let rows = try await fixture.list()
        #expect(rows.map(\.state) == [.sent, .parked, .parked, .unsent])
        #expect(rows.map(\.error) == [nil, "no queue", "no exchange", "lost"])
        #expect(rows.map(\.attempts) == [1, 1, 1, 1])
        #expect(rows.map { $0.settledAt != nil } == [true, true, true, false])
        #expect(try await fixture.unsent() == ["d"])
    }

    @Test func `a row that cannot be sent holds up its key, and no other`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append([
            .example("a1", key: "a"), .example("b1", key: "b"), .example("a2", key: "a"), .example("b2", key: "b"),
        ])
        try await fixture.database.write { connection in
            let outbox = Outbox(connection)
            let first = try outbox.unsent(limit: 2).entries
            try outbox.settle(
                [(first[0], .returned(reason: "no queue")), (first[1], .confirmed)], .never,
                at: Instant(microseconds: 1))
        }
        try await fixture.append([.example("a3", key: "a"), .example("c1", key: "c")])
        #expect(try await fixture.unsent() == ["b2", "c1"])
        #expect(try await fixture.ids(.waiting) == ["a2", "a3"])
        try await fixture.settle([:])
        #expect(try await fixture.unsent().isEmpty)
        // Resent and confirmed, it lets those behind it go, in their order.
        var filter = OutboxFilter()
        filter.ids = ["a1"]
        let resent = filter
        #expect(try await fixture.database.write { try Outbox($0).resend(resent) } == 1)
        try await fixture.append([.example("a4", key: "a")])
        #expect(try await fixture.unsent() == ["a1"], "a4 is behind a2, which waits")
        try await fixture.settle([:])
        #expect(try await fixture.unsent() == ["a2", "a3", "a4"])
    }

    @Test func `a skipped row lets those behind it go`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append((1...3).map { .example("a\($0)", key: "a") })
        try await fixture.database.write { connection in
            let outbox = Outbox(connection)
            let first = try outbox.unsent(limit: 1).entries
            try outbox.settle([(first[0], .refused(reason: "no"))], .never, at: Instant(microseconds: 1))
        }
        #expect(try await fixture.unsent().isEmpty)
        #expect(
            try await fixture.database.write { try Outbox($0).skip(ids: ["a1"], at: Instant(microseconds: 2)) } == 1)
        #expect(try await fixture.unsent() == ["a2", "a3"])
        #expect(try await fixture.ids(.skipped) == ["a1"])
        #expect(
            try await fixture.database.write { try Outbox($0).skip(ids: ["a1", "b"], at: Instant(microseconds: 3)) }
                == 0)
    }

    @Test func `a row behind the second parked one of its key waits on`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append((1...4).map { .example("a\($0)", key: "a") })
        try await fixture.database.write { connection in
            let outbox = Outbox(connection)
            let rows = try outbox.unsent(limit: 9).entries
            try outbox.settle(
                [(rows[0], .refused(reason: "no")), (rows[2], .refused(reason: "no"))], .never,
                at: Instant(microseconds: 1))
        }
        #expect(try await fixture.unsent().isEmpty)
        _ = try await fixture.database.write { try Outbox($0).skip(ids: ["a1"], at: Instant(microseconds: 2)) }
        #expect(try await fixture.unsent() == ["a2"])
        try await fixture.settle([:])
        #expect(try await fixture.unsent().isEmpty)
        _ = try await fixture.database.write { try Outbox($0).skip(ids: ["a3"], at: Instant(microseconds: 2)) }
        #expect(try await fixture.unsent() == ["a4"])
    }

    @Test func `a parked row is sent again by itself while its policy allows`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append([.example("a1", key: "a"), .example("a2", key: "a", body: "[]")])
        var delays: [Double?] = []
        for _ in 0..<4 {
            try await fixture.settle(
                ["a1": .returned(reason: "no queue"), "a2": .returned(reason: "no queue")], attempts: 4)
            let parked = try await fixture.list()
            delays.append(parked[0].retryAt.map { $0.seconds(since: fixture.clock.now) })
            fixture.clock.advance(bySeconds: 100)
            let now = fixture.clock.now
            try await fixture.database.write { try Outbox($0).retryParked(at: now) }
        }
        #expect(delays == [1, 2, 4, nil])
        #expect(try await fixture.unsent().isEmpty)
        #expect(try await fixture.list().map(\.rejections) == [4, 4])
    }

    @Test func `thousands wait behind one row, and are read once`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append([.example("first", key: "a")])
        try await fixture.settle(["first": .refused(reason: "no")])
        try await fixture.append((0..<5000).map { .example("a\($0)", key: "a") })
        try await fixture.append([.example("b", key: "b")])
        // Set aside batch by batch, never to be looked at again.
        var found: [String] = []
        for _ in 0..<6 { found += try await fixture.unsent(limit: 1000) }
        #expect(found == ["b"])
        #expect(try await fixture.ids(.unsent) == ["b"])
        _ = try await fixture.database.write { try Outbox($0).skip(ids: ["first"], at: Instant(microseconds: 1)) }
        try await fixture.append([.example("last", key: "a")])
        var sent: [String] = []
        while true {
            let ids = try await fixture.unsent(limit: 1000)
            if ids.isEmpty { break }
            sent += ids
            try await fixture.settle([:])
        }
        #expect(sent.filter { $0 != "b" } == (0..<5000).map { "a\($0)" } + ["last"])
    }

    @Test(
        arguments: [
            (passed: [1, 2], limit: 1, found: ["c"]), (passed: [1, 2], limit: 2, found: ["c", "d"]),
            // A row below the last skipped one was committed late, or another relay has made it unsent again.
            (passed: [1, 3], limit: 1, found: ["b"]), (passed: [2, 3], limit: 9, found: ["a", "d"]),
            (passed: [4], limit: 2, found: ["a", "b", "c"]), (passed: [1, 2, 3, 4], limit: 9, found: []),
            // One of the skipped rows has already been sent.
            (passed: [1, 2, 7], limit: 9, found: ["c", "d"]),
        ] as [(passed: Set<Int64>, limit: Int, found: [String])])
    func `rows that are passed over leave the others to be read`(
        passed: Set<Int64>, limit: Int, found: [String]
    ) async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append(["a", "b", "c", "d"].map { .example($0) })
        let unsent = try await fixture.database.write { try Outbox($0).unsent(limit: limit, except: passed) }
        #expect(unsent.entries.map(\.message.id) == found)
    }

    @Test func `what is read at once is bounded by its size`() async throws {
        let fixture = try await OutboxFixture()
        let large = "\"" + String(repeating: "x", count: 998) + "\""
        try await fixture.append((0..<5).map { .example("\($0)", body: large) })
        let unsent = try await fixture.database.write { try Outbox($0).unsent(limit: 100, characters: 2500) }
        #expect(unsent.entries.map(\.message.id) == ["0", "1"] && unsent.mayHaveMore)
        let one = try await fixture.database.write { try Outbox($0).unsent(limit: 100, characters: 10) }
        #expect(one.entries.map(\.message.id) == ["0"] && one.mayHaveMore)
        let all = try await fixture.database.write { try Outbox($0).unsent(limit: 100) }
        #expect(all.entries.count == 5 && !all.mayHaveMore)
    }

    @Test func `sent rows are resent by id, type and time, under their ids`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append([.example("old", type: "T/1"), .example("other", type: "T/2")])
        fixture.clock.advance(bySeconds: 100)
        let since = fixture.clock.now
        try await fixture.append([.example("new", type: "T/1"), .example("third", type: "T/3")])
        try await fixture.settle([:])
        let cases: [(String, (inout OutboxFilter) -> Void, [String])] = [
            ("ids", { $0.ids = ["other", "unknown"] }, ["other"]),
            ("types", { $0.types = ["T/1", "T/3"] }, ["old", "new", "third"]),
            ("since", { $0.since = since }, ["new", "third"]),
            ("types and since", { ($0.types, $0.since) = (["T/1"], since) }, ["new"]),
            ("limit", { ($0.types, $0.limit) = (["T/1"], 1) }, ["old"]),
            ("unsent ones", { $0.states = [.unsent] }, []),
        ]
        for (name, change, expected) in cases {
            var filter = OutboxFilter()
            change(&filter)
            let chosen = filter
            let count = try await fixture.database.write { try Outbox($0).resend(chosen) }
            #expect(count == expected.count, "\(name)")
            #expect(try await fixture.unsent() == expected, "\(name)")
            try await fixture.settle([:])
        }
    }

    @Test func `sent rows are removed after their retention, others never`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append(["a", "b", "c", "d"].map { .example($0, key: $0) })
        try await fixture.settle(["c": .refused(reason: "no"), "d": .unknown(reason: "lost")])
        fixture.clock.advance(bySeconds: 10)
        try await fixture.append([.example("e", key: "e")])
        try await fixture.settle(["d": .unknown(reason: "lost")])
        let end = fixture.clock.now
        #expect(try await fixture.database.write { try Outbox($0).removeSent(before: end, limit: 1) } == 1)
        #expect(try await fixture.database.write { try Outbox($0).removeSent(before: end, limit: 9) } == 1)
        #expect(try await fixture.list().map(\.message.id) == ["c", "d", "e"])
    }

    @Test func `what is not sent is grouped by what keeps it`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append([
            .example("a", type: "T/1", key: "a"), .example("b", type: "T/1", key: "b"),
            .example("a2", type: "T/2", key: "a"), .example("c", type: "T/3", key: "c"),
        ])
        try await fixture.settle([
            "a": .returned(reason: "no queue"), "b": .returned(reason: "no queue"), "a2": .unknown(reason: "lost"),
            "c": .confirmed,
        ])
        _ = try await fixture.unsent()
        let backlog = try await fixture.database.read { try Outbox($0).backlog() }
        #expect(
            backlog.map { "\($0.state) \($0.exchange) \($0.type) \($0.error ?? "-") \($0.count)" } == [
                "parked x T/1 no queue 2", "waiting x T/2 lost 1",
            ])
    }

    @Test func `one relay at a time may send`() async throws {
        let fixture = try await OutboxFixture()
        func claim(_ relay: String, _ holder: String, dead: String = "") async throws -> Bool {
            let now = fixture.clock.now
            return try await fixture.database.write {
                try Outbox($0).claimSending(relay, holder: holder, leaseSeconds: 30, at: now) { $0 != dead }
            }
        }
        #expect(try await claim("a", "one"))
        #expect(try await claim("a", "one"))
        #expect(try await claim("b", "two") == false)
        #expect(try await claim("c", "one") == false, "not even of the same process")
        #expect(try await claim("b", "two", dead: "one"), "a dead one does not keep it")
        fixture.clock.advance(bySeconds: 20)
        #expect(try await claim("b", "two"))
        fixture.clock.advance(bySeconds: 20)
        #expect(try await claim("a", "one") == false, "it was renewed")
        fixture.clock.advance(bySeconds: 20)
        #expect(try await claim("a", "one"), "and has expired")
        try await fixture.database.write { try Outbox($0).releaseSending("b") }
        #expect(try await claim("b", "two") == false, "only its owner gives it back")
        try await fixture.database.write { try Outbox($0).releaseSending("a") }
        #expect(try await claim("b", "two"))
    }
}

extension RetryPolicy {
    /// A rejected row is parked for good.
    static let never = RetryPolicy(
        polls: 0, periodSeconds: 0, baseSeconds: 1, capSeconds: 1, jitter: 0, maxAttempts: 1)
}
