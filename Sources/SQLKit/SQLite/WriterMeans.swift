/// What writing takes: the connection, and the right to use it.
struct WriterMeans {
    /// Nil before it is opened and once it is closed.
    private(set) var connection: SQLiteConnection?
    /// Nil for a private database, where there is nobody to keep out.
    private(set) var lock: WriterLock?

    init() {}

    /// Opens a database that nobody else can see, by SQLite's name for its kind.
    init(privately name: String, migrations: SQLMigrations, options: SQLiteOptions) throws {
        let connection = try SQLiteConnection(name, access: .readWrite, busyTimeoutSeconds: 0)
        try connection.script("PRAGMA cache_size = -\(options.cacheKibibytes)")
        try migrations.run(on: connection)
        self.connection = connection
    }

    /// Opens `file` in write-ahead mode and brings its schema up to date.
    init(_ file: SQLiteFile, migrations: SQLMigrations, options: SQLiteOptions) throws {
        let lock = try WriterLock(path: file.lockPath, timeoutSeconds: options.boundedTimeoutSeconds)
        let connection = try SQLiteConnection(
            file.path, access: .readWrite, busyTimeoutSeconds: options.boundedTimeoutSeconds)
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
        try connection.script("PRAGMA cache_size = -\(options.cacheKibibytes)")
        self.connection = connection
        self.lock = lock
    }

    func opened() throws -> SQLiteConnection {
        guard let connection else { throw SQLError(code: .cannotOpen, message: "the store is closed") }
        return connection
    }

    mutating func close() {
        guard let connection else { return }
        // Whoever holds the lock has a connection too, so that ours is not the last, which checkpoints.
        let closed: Void? = try? lock?.holdingIfFree { connection.close(checkpoints: true) }
        if closed == nil { connection.close() }
        self = WriterMeans()
    }
}
