import SQLKit
import Synchronization

/// One read-only connection, opened by the first read: for those who queue for it on a thread of its own, and for those
/// who find it free and use it on theirs.
actor SQLiteReader {
    private struct State {
        var connection: SQLiteConnection?
        var isClosed = false
        /// When the file at the path was last seen to be the one that is open.
        var seen: ContinuousClock.Instant?
    }

    /// A read may miss for so long that the file was replaced, unless a write has found it, which never misses it.
    /// Looking at each read would cost a short one a tenth of its time.
    private static let trust = Duration.milliseconds(50)
    /// Whether the next read looks at once.
    private nonisolated let isDistrusted = Atomic(false)

    /// How many reads run or wait here.
    nonisolated let load = Atomic(0)

    private let executor = DispatchQueueExecutor(label: "sqlite.reader")
    private nonisolated let file: SQLiteFile
    private nonisolated let options: SQLiteOptions
    private nonisolated let state = Mutex(State())

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(file: SQLiteFile, options: SQLiteOptions) {
        self.file = file
        self.options = options
    }

    func read<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value {
        try Task.checkCancellation()
        return try state.withLock { try checked(&$0).reading(body) }
    }

    /// Reads on the calling thread; nil when somebody else is reading here.
    nonisolated func readAtOnce<Value: Sendable>(
        _ body: @Sendable (any SQLConnection) throws -> Value
    ) throws -> Value? {
        try state.withLockIfAvailable { try checked(&$0).reading(body) }
    }

    /// - Throws: `readOnly` when the schema is older than `migrations`, and what they throw.
    func check(_ migrations: SQLMigrations) throws {
        guard try state.withLock({ try migrations.isDone(on: opened(&$0), checksTables: options.checksTables) }) else {
            throw SQLError(
                code: .readOnly, message: "\(file.path): the schema is old and cannot be brought up to date read-only")
        }
    }

    /// Has the next read look whether the file was replaced.
    nonisolated func distrustFile() { isDistrusted.store(true, ordering: .relaxed) }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.connection?.close()
            state.connection = nil
        }
    }

    /// The connection to the file that is still at its path.
    private nonisolated func checked(_ state: inout State) throws -> SQLiteConnection {
        guard !state.isClosed else { throw SQLError(code: .cannotOpen, message: "\(file.path): the store is closed") }
        let now = ContinuousClock.now
        if isDistrusted.exchange(false, ordering: .relaxed) { state.seen = nil }
        if let connection = state.connection, let seen = state.seen, now - seen < Self.trust { return connection }
        state.seen = nil
        try file.check()
        state.seen = now
        let wasOpen = state.connection != nil
        let connection = try opened(&state)
        guard !wasOpen else { return connection }
        do {
            try file.check()
        } catch {
            // It may be another file that was opened.
            state.connection = nil
            throw error
        }
        return connection
    }

    private nonisolated func opened(_ state: inout State) throws -> SQLiteConnection {
        if let connection = state.connection { return connection }
        guard !state.isClosed else { throw SQLError(code: .cannotOpen, message: "\(file.path): the store is closed") }
        let connection = try SQLiteConnection(
            file.readOnlyName, access: .readOnly, busyTimeoutSeconds: options.boundedTimeoutSeconds)
        try connection.script("PRAGMA cache_size = -\(options.cacheKibibytes)")
        state.connection = connection
        return connection
    }
}
