package import SQLKit

/// A database with a queue in it: runs transactions, repeats them after conflicts, and tells what they staged.
package struct TaskStore: Sendable {
    /// The outcome of a write.
    package enum WriteOutcome: Sendable {
        /// It is durable, except for optional tasks that the queue refused.
        case done(stagingFailures: [TaskRepository.StagingFailure])
        /// The engine failed it; nothing changed, and nothing it staged exists.
        case failed(SQLError)
    }

    /// The channel on which processes signal that tasks are due.
    private static let stagedChannel = "tasks"

    private let database: any SQLDatabase
    private let schema: QueueSchema
    /// Notified when this process has staged a due task and, while ``hearOtherProcesses()`` runs, when another process
    /// has.
    package let staged = Signal()
    /// Where this process's claims start searching.
    let marks = ClaimMarks()
    /// Whether claims and completed attempts wait for the disk. Without it, a crash of the machine may undo a claim or
    /// a completion: the task runs again, as it does after a worker crash.
    package var syncsAttempts = true
    private var observe: @Sendable (WriteOutcome) -> Void = { _ in }

    package init(_ database: any SQLDatabase, _ schema: QueueSchema) {
        self.database = database
        self.schema = schema
    }

    /// The same store, which also reports the outcome of every write made through it to `observer`.
    /// - Parameter observer: called after the write, on the writer's task; it must return quickly.
    package func observed(by observer: @escaping @Sendable (WriteOutcome) -> Void) -> TaskStore {
        var store = self
        store.observe = { [observe] outcome in
            observe(outcome)
            observer(outcome)
        }
        return store
    }

    /// A read transaction: one consistent view.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (TaskRepository) throws -> Value
    ) async throws -> Value {
        try await database.read { [schema] in try body(TaskRepository($0, schema)) }
    }

    /// A read transaction on the calling thread; nil when that is not possible at the moment.
    ///
    /// For short bodies, and only where ``read(_:)`` can be tried next.
    package func readImmediately<Value: Sendable>(_ body: @Sendable (TaskRepository) throws -> Value) throws -> Value? {
        try database.readImmediately { try body(TaskRepository($0, schema)) }
    }

    /// A write transaction: one durable change, all of it or nothing. `body` runs again after a conflict.
    /// - Parameters:
    ///   - isolation: `statement` for bodies that only use the queue's own operations: claim tasks, and change them by
    ///     fence and state.
    ///   - isSynced: whether the change is durable on return, as in ``SQLKit/SQLDatabase``.
    package func write<Value: Sendable>(
        isolation: SQLIsolation = .snapshot, isSynced: Bool = true,
        _ body: @escaping @Sendable (TaskRepository) throws -> Value
    ) async throws -> Value {
        do {
            let (value, hasStaged, stagingFailures) = try await SQLRetry.run { [database, schema] in
                let body: @Sendable (any SQLConnection) throws -> (Value, Bool, [TaskRepository.StagingFailure]) = {
                    let tasks = TaskRepository($0, schema)
                    let value = try body(tasks)
                    return (value, tasks.hasStaged, tasks.stagingFailures)
                }
                return try await database.write(isolation: isolation, isSynced: isSynced, body)
            }
            observe(.done(stagingFailures: stagingFailures))
            if hasStaged {
                staged.notify()
                database.signal(Self.stagedChannel)
            }
            return value
        } catch let error as SQLError {
            observe(.failed(error))
            throw error
        }
    }

    /// Forwards what other processes stage to ``staged``, until it is canceled or the database is closed. It returns
    /// immediately when the engine cannot signal.
    package func hearOtherProcesses() async {
        guard let signals = database.signals(Self.stagedChannel) else { return }
        for await _ in signals { staged.notify() }
    }

    /// Makes the next reads check whether the open file was replaced.
    package func distrustFile() { database.distrustFile() }

    /// Closes the database; later calls fail.
    package func close() async { await database.close() }
}
