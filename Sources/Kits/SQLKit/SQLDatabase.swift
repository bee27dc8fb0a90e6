/// A database that runs synchronous bodies, each in one transaction.
///
/// The interface between the store and a SQL engine. Statements use portable SQL: `$1` parameters, `RETURNING`, `ON
/// CONFLICT`; what differs between engines is in ``SQLDialect``.
///
/// What a body may rely on:
/// - It runs as if it were alone: it sees one consistent state, and every change commits or none does. Where the engine
///   cannot grant that, the write fails with ``SQLError/Code/conflict``.
/// - It may run more than once, because an engine or ``SQLRetry`` repeats it after a conflict. It must therefore have
///   no effect except through its connection: what it computes, it returns.
/// - Statements that select rows to change use ``SQLDialect/skipLocked`` and check in the change that nothing
///   happened in between, by fence or by version, so that they also hold under weaker isolation.
package protocol SQLDatabase: Sendable {
    /// Runs `body` in a read-only transaction on one consistent snapshot.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Runs `body` as ``read(_:)`` does, but synchronously on the calling thread; nil when the engine cannot do so now,
    /// or at all.
    ///
    /// For short bodies on threads that may block on file I/O. It avoids a thread hop, which costs more than a lookup.
    func readImmediately<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value?

    /// Runs `body` as ``write(_:)`` does, but does not wait for the disk: the change outlives the process, and a
    /// failure of the machine may undo it until the next ``write(_:)`` to the same database is durable.
    ///
    /// Only for notes that lead to nothing new when they are lost and made again, such as who works on what. Nothing is
    /// acknowledged because of them. An engine that cannot tell them apart makes them durable.
    @discardableResult
    func writeUnsynced<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// Runs `body` in a write transaction; when this returns, the change is durable.
    ///
    /// A body that throws changes nothing. The engine may commit concurrent bodies as one group; each still succeeds or
    /// fails independently.
    /// - Throws: what `body` throws; ``SQLError`` `conflict` when nothing was changed and the body may run again,
    ///   `outcomeUnknown` when the connection was lost during the commit.
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

    @discardableResult
    package func writeUnsynced<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await write(body)
    }
}

/// A connection inside a transaction; valid only within the body that receives it.
package protocol SQLConnection {
    /// Runs one statement to completion and returns all its rows.
    /// - Throws: ``SQLError``.
    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow]

    /// Runs one statement to completion; returns the number of rows it changed.
    @discardableResult
    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int

    /// Runs one statement once for each of several sets of parameters, in order; returns the number of rows that each
    /// changed. An engine across a network sends them together, in one round trip.
    @discardableResult
    func executeEach(_ sql: String, _ parameterSets: [[SQLValue]]) throws -> [Int]

    /// What this engine spells differently.
    var dialect: SQLDialect { get }

    /// Runs `body` in a savepoint; if it throws, only its own changes are rolled back.
    func savepoint<Value>(_ body: () throws -> Value) throws -> Value

    /// Runs one statement and passes its rows to `body` one by one, without buffering them.
    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws
}

extension SQLConnection {
    package func query(_ sql: String) throws -> [SQLRow] { try query(sql, []) }

    @discardableResult
    package func execute(_ sql: String) throws -> Int { try execute(sql, []) }

    @discardableResult
    package func executeEach(_ sql: String, _ parameterSets: [[SQLValue]]) throws -> [Int] {
        try parameterSets.map { try execute(sql, $0) }
    }
}
