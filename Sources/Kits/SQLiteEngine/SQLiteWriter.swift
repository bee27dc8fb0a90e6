import SQLKit
import Synchronization

/// The one connection of a database that writes: for a write that comes alone and uses it on its own thread, and for
/// those that queue for it on another.
///
/// Writes that come while another is being committed wait together and share the next commit.
actor SQLiteWriter {
    private let executor: any SerialExecutor
    private let maximumGroupSize: Int
    private nonisolated let options: SQLiteOptions
    /// How many writes were asked for and are not over.
    nonisolated let asked = Atomic(0)
    private nonisolated let means = Mutex(WriterMeans())
    private var waiting: ArraySlice<PendingWrite> = []
    private var isCommitScheduled = false
    /// How many transactions were begun for writes that waited.
    private(set) var groupCount = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ options: SQLiteOptions) {
        executor = options.executor ?? DispatchQueueExecutor(label: "sqlite.writer")
        maximumGroupSize = max(1, options.maximumGroupSize)
        self.options = options
    }

    /// Opens a database that nobody else can see, by SQLite's name for its kind.
    func openPrivate(_ name: String, migrations: SQLMigrations) throws {
        try means.withLock { $0 = try WriterMeans(privately: name, migrations: migrations, options: options) }
    }

    /// Opens the file at `path`, making it if need be, and brings its schema up to date.
    func openFile(_ path: String, createsDirectory: Bool, migrations: SQLMigrations) throws -> SQLiteFile {
        let file = try SQLiteFile(creatingAt: path, createsDirectory: createsDirectory)
        return try means.withLock { means in
            means = try WriterMeans(file, migrations: migrations, options: options)
            return means.file ?? file
        }
    }

    /// Writes here and now when nobody else wants to, which saves the way to another thread and back: about as much time
    /// as the commit itself takes on a quick disk. Otherwise joins those who wait.
    nonisolated func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let isAlone = asked.add(1, ordering: .relaxed).oldValue == 0
        defer { asked.subtract(1, ordering: .relaxed) }
        if isAlone, let value = try writeAtOnce(body) { return value }
        return try await writeInTurn(body)
    }

    /// - Returns: nil, without having run `body`, when that would mean to wait.
    private nonisolated func writeAtOnce<Value: Sendable>(
        _ body: @Sendable (any SQLConnection) throws -> Value
    ) throws -> Value? {
        // An executor that was chosen runs every write.
        guard options.executor == nil else { return nil }
        return try means.withLockIfAvailable { means -> Value? in
            try means.holdingIfFree { try $0.writingAtOnce(body) } ?? nil
        } ?? nil
    }

    private func writeInTurn<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let write = PendingWrite(cancellation: cancellation) { connection in
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
        return try means.withLock { try $0.reading(body) }
    }

    /// Commits what waits, then closes.
    func close() {
        while !waiting.isEmpty { commitNext() }
        means.withLock { $0.close() }
    }

    private var isInMemory: Bool { means.withLock { $0.lock == nil } }

    private func enqueue(_ write: PendingWrite) {
        waiting.append(write)
        if isInMemory || maximumGroupSize == 1 {
            commitNext()
        } else {
            scheduleCommit()
        }
    }

    /// Commits after the writes that already stand in the executor's queue have joined those that wait.
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
            let rest = try means.withLock { means in try means.holding { try $0.commit(group) } }
            waiting = rest + waiting
        } catch {
            for write in group { write.refuse(error) }
        }
    }
}
