/// A database that runs synchronous bodies, each in one transaction.
///
/// The interface between the store and a SQL engine. Statements use portable SQL: `$1` parameters, `RETURNING`, `ON
/// CONFLICT`.
package protocol SQLDatabase: Sendable {
    /// Runs `body` in a read-only transaction on one consistent snapshot.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Runs `body` as ``read(_:)`` does, but synchronously on the calling thread; nil when the engine cannot do so now,
    /// or at all.
    ///
    /// For short bodies on threads that may block on file I/O. It avoids a thread hop, which costs more than a lookup.
    func readImmediately<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value?

    /// Runs `body` in an exclusive write transaction; when it returns, the change is durable.
    ///
    /// A body that throws changes nothing. The engine may commit concurrent bodies as one group; each still succeeds or
    /// fails independently.
    @discardableResult
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Makes the reads that follow check whether the open file is still at its path, and throw `replaced` if not.
    /// Otherwise reads check only now and then.
    func distrustFile()

    /// Completes pending work and releases all resources; later calls fail.
    func close() async
}

extension SQLDatabase {
    /// For engines whose file cannot be replaced.
    package func distrustFile() {}
}

/// A connection inside a transaction; valid only within the body that receives it.
package protocol SQLConnection {
    /// Runs one statement to completion and returns all its rows.
    /// - Throws: ``SQLError``.
    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow]

    /// Runs one statement to completion; returns the number of rows it changed.
    @discardableResult
    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int

    /// Runs `body` in a savepoint; if it throws, only its own changes are rolled back.
    func savepoint<Value>(_ body: () throws -> Value) throws -> Value

    /// Runs one statement and passes its rows to `body` one by one, without buffering them.
    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws
}

extension SQLConnection {
    package func query(_ sql: String) throws -> [SQLRow] { try query(sql, []) }

    @discardableResult
    package func execute(_ sql: String) throws -> Int { try execute(sql, []) }
}
