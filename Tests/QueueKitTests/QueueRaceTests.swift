import SQLKit
import TestSupport
import Testing
import WorldKit

@testable import QueueKit

/// Two hosts use one queue concurrently: both have begun before either of them writes.
@Suite(.everyEngine) struct QueueRaceTests {
    private static let schema = QueueSchema(tags: [.customer, .lane], sequence: .lane)

    private struct Hosts {
        let store: TaskStore
        let hosts: [TaskStore]
        let now = QueueFixture.now

        init() async throws {
            let place = try await TestStore([schema.migration])
            store = TaskStore(try await place.open(), schema)
            let overlap = Overlap()
            var hosts: [TaskStore] = []
            for _ in 0..<2 { hosts.append(TaskStore(overlap.session(try await place.open()), schema)) }
            self.hosts = hosts
        }

        func stage(_ key: String, lane: String? = "a", on store: TaskStore? = nil) async throws {
            let request = TaskRequest(kind: .mail, key: key, tags: lane.map { [.lane: $0] } ?? [:], dueAt: now)
            try await (store ?? self.store).write { [now] in try $0.enqueue(request, at: now) }
        }

        func claim(_ limit: Int, _ worker: String = "w", on store: TaskStore? = nil) async throws -> [QueuedTask] {
            try await (store ?? self.store).write(isolation: .statement) { [now] tasks in
                var claim = TaskRepository.Claim(kinds: TaskKind.all, worker: worker, leaseSeconds: 30)
                claim.limit = limit
                return try tasks.claim(claim, at: now)
            }
        }

        func states() async throws -> [String: TaskState] {
            let tasks = try await store.read { [now] in try $0.tasks(TaskFilter(), at: now) }
            return Dictionary(tasks.map { ($0.key, $0.state) }) { $1 }
        }
    }

    @Test func `of two that are staged first in a sequence, one waits`() async throws {
        let hosts = try await Hosts()
        async let one: Void = hosts.stage("1", on: hosts.hosts[0])
        async let two: Void = hosts.stage("2", on: hosts.hosts[1])
        _ = try await (one, two)
        #expect(try await Set(hosts.states().values) == [.ready, .waiting])
        let first = try await hosts.claim(9)
        #expect(first.count == 1)
        _ = try await hosts.store.write { [now = hosts.now] in try $0.finish(first, at: now) }
        #expect(try await hosts.claim(9).count == 1)
    }

    @Test func `one that is staged while the last one of its sequence ends gets its turn`() async throws {
        let hosts = try await Hosts()
        try await hosts.stage("1")
        let first = try await hosts.claim(1)
        async let staged: Void = hosts.stage("2", on: hosts.hosts[0])
        async let finished = hosts.hosts[1].write(isolation: .statement) { [now = hosts.now] in
            try $0.finish(first, at: now)
        }
        _ = try await staged
        #expect(try await finished == [true])
        #expect(try await hosts.states() == ["1": .done, "2": .ready])
    }

    @Test func `two workers claim different tasks`() async throws {
        let hosts = try await Hosts()
        for number in 0..<20 { try await hosts.stage("\(number)", lane: nil) }
        async let one = hosts.claim(10, "one", on: hosts.hosts[0])
        async let two = hosts.claim(10, "two", on: hosts.hosts[1])
        let claimed = try await [one, two]
        #expect(claimed.map(\.count) == [10, 10])
        #expect(Set(claimed.joined().map(\.key)).count == 20)
    }

    @Test func `the same task is staged once`() async throws {
        let hosts = try await Hosts()
        async let one: Void = hosts.stage("1", on: hosts.hosts[0])
        async let two: Void = hosts.stage("1", on: hosts.hosts[1])
        _ = try await (one, two)
        #expect(try await hosts.states() == ["1": .ready])
    }

    @Test func `a task is staged although the other one of its key is rolled back`() async throws {
        struct Stop: Error {}
        let hosts = try await Hosts()
        let request = TaskRequest(kind: .mail, key: "1", dueAt: hosts.now)
        async let staged: Void = hosts.stage("1", lane: nil, on: hosts.hosts[1])
        do {
            try await hosts.hosts[0].write { [now = hosts.now] tasks in
                try tasks.enqueue(request, at: now)
                throw Stop()
            }
            Issue.record("it was not rolled back")
        } catch is Stop {}
        try await staged
        #expect(try await hosts.states() == ["1": .ready])
    }

    @Test func `a task is canceled or claimed, not both`() async throws {
        let hosts = try await Hosts()
        try await hosts.stage("1")
        let staged = try await hosts.store.read { [now = hosts.now] in try $0.tasks(TaskFilter(), at: now) }
        let request = RequeueRequest(batch: "b", actor: "anna", reason: "")
        async let claimed = hosts.claim(1, on: hosts.hosts[0])
        async let canceled = hosts.hosts[1].write { [now = hosts.now] in
            try $0.cancel(staged, request: request, at: now)
        }
        let (taken, ended) = try await (claimed, canceled)
        let ends = [taken.count, ended.count]
        #expect(ends.reduce(0, +) == 1)
        #expect(try await hosts.states() == ["1": ends[0] == 1 ? .running : .canceled])
    }

    @Test func `two that remove old tasks at once remove each once`() async throws {
        let hosts = try await Hosts()
        for number in 0..<10 { try await hosts.stage("\(number)", lane: nil) }
        let claimed = try await hosts.claim(10)
        _ = try await hosts.store.write { [now = hosts.now] in try $0.finish(claimed, at: now) }
        let end = hosts.now.advanced(bySeconds: 1)
        async let one = hosts.hosts[0].write(isolation: .statement) { try $0.removeDone(before: end, limit: 99) }
        async let two = hosts.hosts[1].write(isolation: .statement) { try $0.removeDone(before: end, limit: 99) }
        let removed = try await [one, two]
        #expect(removed.sorted() == [0, 10])
        #expect(try await hosts.states().isEmpty)
    }
}
