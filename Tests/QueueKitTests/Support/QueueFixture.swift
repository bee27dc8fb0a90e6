import SQLKit
import TestSupport
import WorldKit

@testable import QueueKit

extension TaskKind {
    static let charge = TaskKind("charge")
    static let report = TaskKind("report")
    static let mail = TaskKind("mail")
    static let sweep = TaskKind("sweep")
    static let all = [charge, report, mail, sweep]
}

extension TaskTag {
    static let customer = TaskTag("customer", isSelective: true)
    static let region = TaskTag("region", isSelective: false)
}

extension QueuedTask {
    static func example(_ number: Int64, at now: Instant) -> QueuedTask {
        QueuedTask(
            taskID: number, kind: .sweep, key: "\(number)", payload: [:], tags: [:], state: .running, attempts: 1,
            polls: 0, nextAttemptAt: now, fence: 1, createdAt: now, updatedAt: now)
    }
}

/// A queue of an application that has nothing to do with payments.
struct QueueFixture {
    static let schema = QueueSchema(tags: [.customer, .region])

    let database: any SQLDatabase
    let store: TaskStore
    static let now = Instant(microseconds: 1_700_000_000_000_000)

    var now: Instant { Self.now }

    init() async throws {
        database = try await TestStore.open([Self.schema.migration])
        store = TaskStore(database, Self.schema)
    }

    @discardableResult
    func stage(_ kind: TaskKind, _ key: String, _ tags: [TaskTag: String] = [:], dueIn seconds: Double = 0) async throws
        -> QueuedTask
    {
        let request = TaskRequest(
            kind: kind, key: key, tags: tags, dueAt: now.advanced(bySeconds: seconds))
        return try await store.write { [now] tasks in
            try tasks.enqueue(request, at: now)
            return try tasks.tasks(TaskFilter(), at: now).filter { $0.kind == kind && $0.key == key }[0]
        }
    }

    func enqueue(_ request: TaskRequest, at instant: Instant = now) async throws {
        try await store.write { try $0.enqueue(request, at: instant) }
    }

    static func request(
        _ key: String, kind: TaskKind = .charge, customer: String? = nil, dueAt: Instant = now
    ) -> TaskRequest {
        var request = TaskRequest(kind: kind, key: key, payload: ["a": "б"], tags: [.region: "north"], dueAt: dueAt)
        request.tags[.customer] = customer
        return request
    }
}
