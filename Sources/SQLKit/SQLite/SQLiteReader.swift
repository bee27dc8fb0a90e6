import Synchronization

/// One read-only connection on a queue of its own, opened by the first read.
actor SQLiteReader {
    /// How many reads run or wait here.
    nonisolated let load = Atomic(0)

    private let executor = DispatchQueueExecutor(label: "sqlite.reader")
    private let file: SQLiteFile
    private let busyTimeoutSeconds: Double
    private var connection: SQLiteConnection?
    private var isClosed = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(file: SQLiteFile, busyTimeoutSeconds: Double) {
        self.file = file
        self.busyTimeoutSeconds = busyTimeoutSeconds
    }

    func read<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value {
        try Task.checkCancellation()
        return try opened().reading(body)
    }

    /// - Throws: `readOnly` when the schema is older than `migrations`, and what they throw.
    func check(_ migrations: SQLMigrations) throws {
        guard try migrations.isDone(on: opened()) else {
            throw SQLError(
                code: .readOnly, message: "\(file.path): the schema is old and cannot be brought up to date read-only")
        }
    }

    func close() {
        isClosed = true
        connection?.close()
        connection = nil
    }

    private func opened() throws -> SQLiteConnection {
        if let connection { return connection }
        guard !isClosed else { throw SQLError(code: .cannotOpen, message: "\(file.path): the store is closed") }
        let connection = try SQLiteConnection(
            file.readOnlyName, access: .readOnly, busyTimeoutSeconds: busyTimeoutSeconds)
        self.connection = connection
        return connection
    }
}
