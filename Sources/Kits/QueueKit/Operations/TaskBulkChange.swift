import EncodingKit
import WorldKit

/// A request to requeue or cancel tasks.
package struct TaskChangeRequest: Sendable {
    package var action: TaskChange.Action
    package var filter: TaskFilter
    package var reason = ""
    package var actor: String
    package var isDryRun = false
    /// Requeued tasks become due one after another within this period; all immediately by default.
    package var spreadSeconds = 0.0
    /// The ``TaskChangeResult/digest`` that the tasks must have; nil accepts any.
    package var expected: String?

    package init(_ action: TaskChange.Action, _ filter: TaskFilter, actor: String) {
        self.actor = actor
        self.action = action
        self.filter = filter
    }
}

/// The requeued or canceled tasks, actual or planned.
package struct TaskChangeResult: Sendable {
    /// A requested task that is left alone.
    package struct Skipped: Hashable, Sendable {
        package var taskID: Int64
        package var why: String
    }

    package var batch: String
    package var isDryRun: Bool
    package var matched: [QueuedTask]
    /// The changed tasks, as they were before.
    package var changed: [QueuedTask]
    package var skipped: [Skipped]

    /// Identifies exactly the set of changed tasks, in any order: 16 hexadecimal digits.
    package var digest: String {
        var hash = StableHash()
        for id in changed.map(\.taskID).sorted() { hash.combine(UInt64(bitPattern: id)) }
        return hash.hexadecimal
    }
}

/// A change of many tasks that failed midway: a part is done.
package struct PartialChange: Error {
    package var cause: any Error
    /// What was done to the tasks: `requeued`, `canceled`, `restored`.
    package var past: String
    package var done: Int
    package var total: Int
    package var batch: String
}

extension TaskQueue {
    /// How many tasks one transaction changes, so that a large change does not block the store for long.
    package static let tasksPerTransaction = 1000

    /// Requeues or cancels the tasks that a filter currently matches, a thousand per transaction.
    ///
    /// A requeued task gets a fresh set of attempts; a canceled one never runs again unless it is requeued. Running and
    /// done tasks are never changed, nor tasks that change meanwhile; no history is lost. A filter without states
    /// matches what is neither done nor canceled, unless it lists ids. If it fails midway, a part is done. Repeated, a
    /// cancel does the rest; a requeue takes what its filter matches then, which without states includes the tasks
    /// already requeued.
    /// - Throws: ``TaskError/emptyFilter``, ``TaskError/notFound(_:)`` when none of the ids exists,
    ///   ``TaskError/otherScope(expected:found:)``; ``PartialChange`` when it fails midway.
    package func change(_ request: TaskChangeRequest) async throws -> TaskChangeResult {
        guard !request.filter.isEmpty else { throw TaskError.emptyFilter }
        let now = world.now()
        let batch = world.newID()
        let chosen = try await store.read { try Self.choose(request, batch: batch, at: now, in: $0) }
        if let expected = request.expected, expected != chosen.digest {
            throw TaskError.otherScope(expected: expected, found: chosen.digest)
        }
        guard !request.isDryRun else { return chosen }
        let requeueRequest = RequeueRequest(batch: batch, actor: request.actor, reason: request.reason)
        let pause = request.spreadSeconds / Double(max(chosen.changed.count, 1))
        var result = chosen
        result.changed = []
        try await forEachPart(
            of: Array(chosen.changed.enumerated()), request.action == .requeue ? "requeued" : "canceled", batch: batch
        ) { [registry] numbered, tasks in
            let changed =
                switch request.action {
                case .requeue:
                    try tasks.requeue(
                        numbered.map { ($1, now.advanced(bySeconds: pause * Double($0))) }, request: requeueRequest,
                        at: now)
                case .cancel: try tasks.cancel(numbered.map(\.element), request: requeueRequest, at: now)
                }
            try registry.record(
                request.action == .requeue ? .requeued(requeueRequest) : .canceled(requeueRequest),
                changed.map(TaskReference.init), now, tasks.connection)
            return changed
        } then: {
            result.changed += $0
            return result.changed.count
        }
        let changed = Set(result.changed.map(\.taskID))
        result.skipped += chosen.changed.filter { !changed.contains($0.taskID) }.map {
            .init(taskID: $0.taskID, why: "it changed meanwhile")
        }
        return result
    }

    /// The result of an undo.
    package struct UndoResult: Sendable {
        package var batch: String
        package var undone: [Int64]
        package var skipped: [TaskChangeResult.Skipped]
    }

    /// Restores the tasks of a batch to their state before it, except those that have changed since.
    ///
    /// If it fails midway, a part is done, and repeating it does the rest.
    /// - Throws: ``TaskError/noSuchBatch(_:)``; ``PartialChange`` when it fails midway.
    package func undo(batch: String, actor: String) async throws -> UndoResult {
        let now = world.now()
        let changes = try await store.read { try $0.changes(batch: batch) }
        guard !changes.isEmpty else { throw TaskError.noSuchBatch(batch) }
        var result = UndoResult(batch: batch, undone: [], skipped: [])
        try await forEachPart(of: changes, "restored", batch: batch) { [registry] part, tasks in
            var result = UndoResult(batch: batch, undone: [], skipped: [])
            for change in part {
                let id = change.taskID
                let task = try tasks.task(id: id, at: now)
                if let undoneAt = change.undoneAt {
                    result.skipped.append(.init(taskID: id, why: "it was undone at \(undoneAt.rfc3339)"))
                } else if let task, try tasks.undo(change, by: actor, at: now) {
                    result.undone.append(id)
                    try registry.record(.changeUndone(change.request), [TaskReference(task)], now, tasks.connection)
                } else {
                    let since = try tasks.changes(taskID: id).last
                    let state = task.map { change.reasonAgainstUndo(since, now: $0) }
                    result.skipped.append(.init(taskID: id, why: state ?? "it no longer exists"))
                }
            }
            return result
        } then: { part in
            result.undone += part.undone
            result.skipped += part.skipped
            return result.undone.count
        }
        return result
    }

    /// Processes `items` in parts, each in its own transaction, and passes on each part's result once it is durable.
    /// - Parameters:
    ///   - past: what is done to them, `requeued`.
    ///   - then: returns how many are done so far.
    /// - Throws: ``PartialChange`` once a part is done; before that, what `body` or the store throws.
    private func forEachPart<Item: Sendable, Value: Sendable>(
        of items: [Item], _ past: String, batch: String,
        _ body: @escaping @Sendable (ArraySlice<Item>, TaskRepository) throws -> Value, then: (Value) -> Int
    ) async throws {
        var done = 0
        for start in stride(from: 0, to: items.count, by: Self.tasksPerTransaction) {
            let part = items[start..<min(start + Self.tasksPerTransaction, items.count)]
            do {
                done = then(try await store.write { try body(part, $0) })
            } catch {
                guard done > 0 else { throw error }
                throw PartialChange(cause: error, past: past, done: done, total: items.count, batch: batch)
            }
        }
    }

    // MARK: Parts

    private static func choose(
        _ request: TaskChangeRequest, batch: String, at now: Instant, in tasks: TaskRepository
    ) throws -> TaskChangeResult {
        var filter = request.filter
        if filter.states.isEmpty, filter.ids.isEmpty {
            filter.states = [.stuck, .running, .ready, .scheduled, .waiting]
        }
        let matched = try tasks.tasks(filter, at: now)
        var result = TaskChangeResult(
            batch: batch, isDryRun: request.isDryRun, matched: matched, changed: [], skipped: [])
        let found = Set(matched.map(\.taskID))
        var missing: [Int64] = []
        for id in filter.ids where !found.contains(id) {
            let exists = try tasks.task(id: id, at: now) != nil
            if !exists { missing.append(id) }
            result.skipped.append(
                .init(taskID: id, why: exists ? "excluded by the other filters" : "task not found"))
        }
        if let first = missing.first, missing.count == filter.ids.count { throw TaskError.notFound(first) }
        for task in matched {
            let isChangeable =
                switch request.action {
                case .requeue: task.isRequeueable
                case .cancel: task.state != .running && !task.state.isFinal
                }
            if isChangeable {
                result.changed.append(task)
            } else {
                result.skipped.append(.init(taskID: task.taskID, why: "it is \(task.state.rawValue)"))
            }
        }
        return result
    }
}
