import SQLKit

/// The resources of a writer: its connection, the file and the writer lock.
struct WriterResources {
    /// Nil before opening and after closing.
    private(set) var connection: SQLiteConnection?
    /// Nil for a private database, which has no other writers.
    private(set) var lock: WriterLock?
    /// Nil for a private database.
    private(set) var file: SQLiteFile?

    init() {}

    /// Opens a private database by SQLite's name for its kind.
    init(privately name: String, migrations: SQLMigrations, options: SQLiteOptions) throws {
        let connection = try SQLiteConnection(name, access: .readWrite, busyTimeoutSeconds: 0)
        try connection.script("PRAGMA cache_size = -\(options.cacheKibibytes)")
        try migrations.run(on: connection)
        self.connection = connection
    }

    /// Opens `file` in write-ahead mode and migrates its schema.
    init(_ file: SQLiteFile, migrations: SQLMigrations, options: SQLiteOptions) throws {
        let lock = try WriterLock(path: file.lockPath, timeoutSeconds: options.boundedTimeoutSeconds)
        let connection = try SQLiteConnection(
            file.path, access: .readWrite, busyTimeoutSeconds: options.boundedTimeoutSeconds)
        guard !connection.isReadOnly else {
            throw SQLError(code: .readOnly, message: "\(file.path): no permission to write")
        }
        // Only a store that needs changes takes the lock; an up-to-date one opens while another process writes.
        let isLogged = try connection.journalMode() == "wal"
        if try !isLogged || !migrations.isDone(on: connection, checksTables: options.checksTables) {
            try lock.holding {
                guard try connection.journalMode(setting: "wal") == "wal" else {
                    throw SQLError(code: .cannotOpen, message: "\(file.path): write-ahead logging is not possible here")
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

    /// Runs `body` while holding the lock, after checking that the files were not replaced.
    /// - Throws: `locked` if others held it until the timeout; `replaced`.
    func holding<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        let connection = try opened()
        guard let lock, let file else { return try body(connection) }
        // Checked before locking too, because locking would recreate the lock file.
        try file.check()
        return try lock.holding {
            try file.check()
            return try body(connection)
        }
    }

    /// Runs `body` while holding the lock, if it is free, after checking that the files were not replaced.
    /// - Returns: nil, without running `body`, if it is not free.
    func holdingIfFree<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value? {
        let connection = try opened()
        guard let lock, let file else { return try body(connection) }
        try file.check()
        return try lock.holdingIfFree {
            try file.check()
            return try body(connection)
        }
    }

    /// Runs `body` on one snapshot, after checking that the files were not replaced.
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
        // Without the lock no checkpoint is needed: its holder has a connection too, so this one is not the last.
        let closed: Void? = try? holdingIfFree { $0.close(checkpoints: true) }
        if closed == nil { connection.close() }
        self = WriterResources()
    }
}
