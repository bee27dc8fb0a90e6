import SQLKit

/// What writing takes: the connection, and the right to use it.
struct WriterMeans {
    /// Nil before it is opened and once it is closed.
    private(set) var connection: SQLiteConnection?
    /// Nil for a private database, where there is nobody to keep out.
    private(set) var lock: WriterLock?
    /// Nil for a private database.
    private(set) var file: SQLiteFile?

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
        if try !isLogged || !migrations.isDone(on: connection, checksTables: options.checksTables) {
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
        let opened = file.opened()
        guard !connection.hasMoved else {
            throw SQLError(code: .replaced, message: "\(file.path): deleted, moved or replaced while it was opened")
        }
        self.connection = connection
        self.lock = lock
        self.file = opened
    }

    /// Runs `body` while holding the lock, on the files that were opened.
    /// - Throws: `locked` when others held it for the whole waiting time; `replaced`.
    func holding<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        let connection = try opened()
        guard let lock, let file else { return try body(connection) }
        // Before the lock too, whose file would be made anew.
        try file.check()
        return try lock.holding {
            try file.check()
            return try body(connection)
        }
    }

    /// Runs `body` while holding the lock, if it is free now, on the files that were opened.
    /// - Returns: nil when it is not, and `body` did not run.
    func holdingIfFree<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value? {
        let connection = try opened()
        guard let lock, let file else { return try body(connection) }
        try file.check()
        return try lock.holdingIfFree {
            try file.check()
            return try body(connection)
        }
    }

    /// Runs `body` on one snapshot of the files that were opened.
    func reading<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        let connection = try opened()
        try file?.check()
        return try connection.reading(body)
    }

    private func opened() throws -> SQLiteConnection {
        guard let connection else { throw SQLError(code: .cannotOpen, message: "the store is closed") }
        return connection
    }

    mutating func close() {
        guard let connection else { return }
        // Whoever holds the lock has a connection too, so that ours is not the last, which checkpoints.
        let closed: Void? = try? holdingIfFree { $0.close(checkpoints: true) }
        if closed == nil { connection.close() }
        self = WriterMeans()
    }
}
