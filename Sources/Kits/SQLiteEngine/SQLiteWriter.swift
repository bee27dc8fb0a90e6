import LibraryKit
import SQLKit
import Synchronization

/// The single writing connection of a database. A write that comes alone uses it on the caller's thread; concurrent
/// writes queue for it on another.
///
/// Writes that arrive during a commit share the next one.
actor SQLiteWriter {
    private let executor: any SerialExecutor
    private let maximumGroupSize: Int
    private nonisolated let options: SQLiteOptions
    /// Number of writes requested and not finished.
    nonisolated let pendingCount = Atomic(0)
    private nonisolated let resources = Mutex(WriterResources())
    private var waiting: ArraySlice<PendingWrite> = []
    private var isCommitScheduled = false
    /// Number of transactions begun for queued writes.
    private(set) var groupCount = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ options: SQLiteOptions) {
        executor = options.executor ?? DispatchQueueExecutor(label: "sqlite.writer")
        maximumGroupSize = max(1, options.maximumGroupSize)
        self.options = options
    }

    /// Opens a private database by SQLite's name for its kind.
    func openPrivate(_ name: String, migrations: SQLMigrations) throws {
        try resources.withLock { $0 = try WriterResources(privately: name, migrations: migrations, options: options) }
    }

    /// Opens the file at `path`, creates it if necessary, and migrates its schema.
    func openFile(_ path: String, createsDirectory: Bool, migrations: SQLMigrations) throws -> SQLiteFile {
        let file = try SQLiteFile(creatingAt: path, createsDirectory: createsDirectory)
        return try resources.withLock { resources in
            resources = try WriterResources(file, migrations: migrations, options: options)
            return resources.file ?? file
        }
    }

    /// Writes on the calling thread if no other write is pending, which avoids a thread hop that costs about as much as
    /// the commit itself on a fast disk. Otherwise the write joins the queue.
    nonisolated func write<Value: Sendable>(
        isSynced: Bool = true, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let isAlone = pendingCount.add(1, ordering: .relaxed).oldValue == 0
        defer { pendingCount.subtract(1, ordering: .relaxed) }
        if isAlone, let value = try writeImmediately(isSynced, body) { return value }
        return try await writeInTurn(isSynced, body)
    }

    /// - Returns: nil, without running `body`, if it would have to wait.
    private nonisolated func writeImmediately<Value: Sendable>(
        _ isSynced: Bool, _ body: @Sendable (any SQLConnection) throws -> Value
    ) throws -> Value? {
        // A custom executor runs every write.
        guard options.executor == nil else { return nil }
        return try resources.withLockIfAvailable { resources -> Value? in
            try resources.holdingIfFree { try $0.writingImmediately(isSynced: isSynced, body) } ?? nil
        } ?? nil
    }

    private func writeInTurn<Value: Sendable>(
        _ isSynced: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let write = PendingWrite(isSynced: isSynced, cancellation: cancellation) { connection in
                    let value = try body(connection)
                    return { continuation.resume(returning: value) }
                } failure: { error in
                    continuation.resume(throwing: error)
                }
                enqueue(write)
            }
        } onCancel: {
            cancellation.set()
        }
    }

    /// Reads between the writes.
    func read<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value {
        try Task.checkCancellation()
        return try resources.withLock { try $0.reading(body) }
    }

    /// Commits the queued writes, then closes.
    func close() {
        while !waiting.isEmpty { commitNext() }
        resources.withLock { $0.close() }
    }

    private var isInMemory: Bool { resources.withLock { $0.lock == nil } }

    private func enqueue(_ write: PendingWrite) {
        waiting.append(write)
        if isInMemory || maximumGroupSize == 1 {
            commitNext()
        } else {
            scheduleCommit()
        }
    }

    /// Schedules a commit behind the writes already in the executor's queue, so that they join the group.
    private func scheduleCommit() {
        guard !isCommitScheduled else { return }
        isCommitScheduled = true
        Task {
            isCommitScheduled = false
            commitNext()
        }
    }

    private func commitNext() {
        let group = waiting.prefix(maximumGroupSize)
        waiting = waiting.dropFirst(group.count)
        let live = group.filter { !$0.isCancelled }
        for write in group where write.isCancelled { write.refuse(CancellationError()) }
        commit(live[...])
        if !waiting.isEmpty { scheduleCommit() }
    }

    private func commit(_ group: ArraySlice<PendingWrite>) {
        guard !group.isEmpty else { return }
        groupCount += 1
        do {
            let rest = try resources.withLock { resources in try resources.holding { try $0.commit(group) } }
            waiting = rest + waiting
        } catch {
            for write in group { write.refuse(error) }
        }
    }
}
