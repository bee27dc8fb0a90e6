/// The one connection of a database that writes, and the queue of those who want to.
///
/// Writes that come while another is being committed wait together and share the next commit.
actor SQLiteWriter {
    private let executor: any SerialExecutor
    private let maximumGroupSize: Int
    private let lockTimeoutSeconds: Double
    private let cacheKibibytes: Int
    private var connection: SQLiteConnection?
    /// Nil in memory, where there is nobody to keep out.
    private var lock: WriterLock?
    private var waiting: ArraySlice<PendingWrite> = []
    private var isCommitScheduled = false
    /// How many transactions were begun for writes.
    private(set) var groupCount = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ options: SQLiteOptions) {
        executor = options.executor ?? DispatchQueueExecutor(label: "sqlite.writer")
        maximumGroupSize = max(1, options.maximumGroupSize)
        lockTimeoutSeconds = options.boundedTimeoutSeconds
        cacheKibibytes = options.cacheKibibytes
    }

    func openInMemory(migrations: SQLMigrations) throws {
        let connection = try SQLiteConnection(":memory:", access: .readWrite, busyTimeoutSeconds: 0)
        try migrations.run(on: connection)
        self.connection = connection
    }

    /// Opens the file at `path`, making it if need be, and brings its schema up to date.
    func openFile(_ path: String, createsDirectory: Bool, migrations: SQLMigrations) throws -> SQLiteFile {
        let file = try SQLiteFile(creatingAt: path, createsDirectory: createsDirectory)
        let lock = try WriterLock(path: file.lockPath, timeoutSeconds: lockTimeoutSeconds)
        let connection = try SQLiteConnection(
            file.path, access: .readWrite, busyTimeoutSeconds: lockTimeoutSeconds)
        guard !connection.isReadOnly else {
            throw SQLError(code: .readOnly, message: "\(file.path): no permission to write")
        }
        // Only a store that has to change needs the lock: one that is up to date opens beside a busy writer.
        let isLogged = try connection.journalMode() == "wal"
        if try !isLogged || !migrations.isDone(on: connection) {
            try lock.holding {
                guard try connection.journalMode(setting: "wal") == "wal" else {
                    throw SQLError(code: .cannotOpen, message: "\(file.path): no write-ahead log possible here")
                }
                try connection.script("PRAGMA synchronous = FULL")
                try migrations.run(on: connection)
            }
        }
        try connection.script("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216")
        try connection.script("PRAGMA cache_size = -\(cacheKibibytes)")
        self.connection = connection
        self.lock = lock
        return file
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try Task.checkCancellation()
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
        return try opened().reading(body)
    }

    /// Commits what waits, then closes.
    func close() {
        while !waiting.isEmpty { commitNext() }
        guard let connection else { return }
        self.connection = nil
        // Whoever holds the lock has a connection too, so that ours is not the last, which checkpoints.
        let closed = lock?.holdingIfFree { connection.close(checkpoints: true) } ?? false
        if !closed { connection.close() }
        lock = nil
    }

    private func enqueue(_ write: PendingWrite) {
        waiting.append(write)
        if lock == nil || maximumGroupSize == 1 {
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
            let connection = try opened()
            let rest = try lock.map { try $0.holding { try connection.commit(group) } } ?? connection.commit(group)
            waiting = rest + waiting
        } catch {
            for write in group { write.refuse(error) }
        }
    }

    private func opened() throws -> SQLiteConnection {
        guard let connection else { throw SQLError(code: .cannotOpen, message: "the store is closed") }
        return connection
    }
}
