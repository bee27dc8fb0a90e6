import LibraryKit
import SQLKit
import Synchronization

/// One read-only connection, opened by the first read. Reads queue on its own thread, or run on the caller's thread if
/// the connection is free.
actor SQLiteReader {
    private struct State {
        var connection: SQLiteConnection?
        var isClosed = false
        /// When the file at the path was last verified to be the open one.
        var lastVerified: ContinuousClock.Instant?
    }

    /// How long a read may miss that the file was replaced; a write always checks. Checking on each read would add a
    /// tenth to a short one.
    private static let verificationInterval = Duration.milliseconds(50)
    /// Whether the next read must check.
    private nonisolated let isDistrusted = Atomic(false)

    /// Number of running and waiting reads.
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

    /// Reads on the calling thread; nil when the connection is in use.
    nonisolated func readImmediately<Value: Sendable>(
        _ body: @Sendable (any SQLConnection) throws -> Value
    ) throws -> Value? {
        try state.withLockIfAvailable { try checked(&$0).reading(body) }
    }

    /// - Throws: `readOnly` when the schema is older than `migrations`, and what they throw.
    func check(_ migrations: SQLMigrations) throws {
        guard try state.withLock({ try migrations.isDone(on: opened(&$0), checksTables: options.checksTables) }) else {
            throw SQLError(
                code: .readOnly, message: "\(file.path): the schema is outdated and cannot be migrated read-only")
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

    /// The connection, after checking that its file is still at its path.
    private nonisolated func checked(_ state: inout State) throws -> SQLiteConnection {
        guard !state.isClosed else { throw SQLError(code: .cannotOpen, message: "\(file.path): the store is closed") }
        let now = ContinuousClock.now
        if isDistrusted.exchange(false, ordering: .relaxed) { state.lastVerified = nil }
        if let connection = state.connection, let lastVerified = state.lastVerified,
            now - lastVerified < Self.verificationInterval
        {
            return connection
        }
        state.lastVerified = nil
        try file.check()
        state.lastVerified = now
        let wasOpen = state.connection != nil
        let connection = try opened(&state)
        guard !wasOpen else { return connection }
        do {
            try file.check()
        } catch {
            // The path may have been replaced before it was opened.
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
