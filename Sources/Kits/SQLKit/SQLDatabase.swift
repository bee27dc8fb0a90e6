/// A database that runs synchronous bodies, each in one transaction.
///
/// The seam between the store and an engine: SQLite today, another engine behind the same protocol later. SQL is the
/// portable kind: `$1` parameters, `RETURNING`, `ON CONFLICT`.
package protocol SQLDatabase: Sendable {
    /// Runs `body` in a transaction that only reads; it sees one consistent snapshot.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Runs `body` as ``read(_:)`` does, but here and now on the calling thread; nil when that is not possible at the moment,
    /// or never is with this engine.
    ///
    /// For short bodies on threads that may read a file. It saves the way to another thread and back, which costs more
    /// than a look-up.
    func readAtOnce<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value?

    /// Runs `body` in a transaction that writes, alone; its return means the change is durable.
    ///
    /// A throwing body changes nothing. The engine may commit bodies that arrive together as one group; each still
    /// succeeds or fails by itself.
    @discardableResult
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Has the reads that follow look whether the file that is open is still at its path, and throw `replaced` if not.
    /// Without this they look now and then only.
    func distrustFile()

    /// Finishes what was begun and lets go of everything; later calls fail.
    func close() async
}

extension SQLDatabase {
    /// For engines whose file nobody can replace.
    package func distrustFile() {}
}

/// A connection inside a transaction; valid only within the body it is handed to.
package protocol SQLConnection {
    /// Runs one statement to its end and returns every row.
    /// - Throws: ``SQLError``.
    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow]

    /// Runs one statement to its end; returns how many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int

    /// Runs `body` and, if it throws, undoes what it did and nothing else of the transaction.
    func savepoint<Value>(_ body: () throws -> Value) throws -> Value

    /// Runs one statement and hands over its rows one by one, without keeping them.
    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws
}

extension SQLConnection {
    package func query(_ sql: String) throws -> [SQLRow] { try query(sql, []) }

    @discardableResult
    package func execute(_ sql: String) throws -> Int { try execute(sql, []) }
}
