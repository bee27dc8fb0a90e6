import EncodingKit

/// A database that runs synchronous bodies, each in one transaction.
///
/// The interface between the store and a SQL engine. Statements use portable SQL: `$1` parameters, `RETURNING`, `ON
/// CONFLICT`; what differs between engines is in ``SQLDialect``.
///
/// What a body may rely on:
/// - It runs as if it were alone: it sees one consistent state, and every change commits or none does. Where the engine
///   cannot grant that, the write fails with ``SQLError/Code/conflict``.
/// - It may run more than once: an engine or ``SQLRetry`` retries it after a conflict, a deadlock, a duplicate key or a
///   lost connection. It must therefore have no effect except through its connection, and return whatever it computes.
/// - A failure that voids the transaction (``SQLError/voidsTransaction``) cannot be caught: the body commits nothing.
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

    /// Runs `body` in a write transaction; when this returns, the change is durable.
    ///
    /// A body that throws changes nothing. The engine may commit concurrent bodies as one group; each still succeeds or
    /// fails independently.
    /// - Throws: what `body` throws; ``SQLError`` `conflict` when nothing was changed and the body may run again,
    ///   `busy` when an engine that retries bodies itself has given up, `outcomeUnknown` when the connection was lost
    ///   during the commit.
    @discardableResult
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Like ``write(_:)``, but with another isolation level, or without waiting for the disk. An engine with one writer
    /// ignores the isolation level.
    /// - Parameter isSynced: false to return before the change is durable: it survives a crash of the process, but a
    ///   crash of the machine may undo it until the next synced write to the same database. Only for changes that can
    ///   be lost and made again without harm, such as leases. Never acknowledge anything because of them.
    @discardableResult
    func write<Value: Sendable>(
        isolation: SQLIsolation, isSynced: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// Yields an element whenever this process or another one calls ``signal(_:)`` for `channel`, and whenever a call
    /// may have been missed; several calls may yield one element. Nil when the engine cannot signal: then poll. Poll at
    /// a low rate even where it can: an element does not guarantee that there is work, and a signal may get lost.
    ///
    /// The stream ends when the database is closed. A reader that falls behind gets one element.
    func signals(_ channel: String) -> AsyncStream<Void>?

    /// Wakes the readers of ``signals(_:)`` in all processes, soon and in the background. Call it after committing the
    /// change that they are to find. It never fails and keeps nothing open.
    func signal(_ channel: String)

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
    package func write<Value: Sendable>(
        isolation: SQLIsolation, isSynced: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await write(body)
    }

    /// Like ``write(_:)``, but with another isolation level.
    @discardableResult
    package func write<Value: Sendable>(
        isolation: SQLIsolation, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await write(isolation: isolation, isSynced: true, body)
    }

    /// Like ``write(_:)``, but without waiting for the disk.
    @discardableResult
    package func writeUnsynced<Value: Sendable>(
        isolation: SQLIsolation = .snapshot, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await write(isolation: isolation, isSynced: false, body)
    }

    package func signals(_ channel: String) -> AsyncStream<Void>? { nil }

    package func signal(_ channel: String) {}
}

/// A statement and its parameters.
package struct SQLStatement: Sendable {
    package var sql: String
    package var parameters: [SQLValue]

    package init(_ sql: String, _ parameters: [SQLValue]) {
        self.sql = sql
        self.parameters = parameters
    }
}

/// The isolation level of a write.
package enum SQLIsolation: Hashable, Sendable {
    /// One snapshot, as if the body were alone: REPEATABLE READ.
    case snapshot
    /// READ COMMITTED: each statement sees what was committed before it. For a queue, whose statements lock rows with
    /// ``SQLDialect/skipLocked`` or change them by compare-and-set. A body may rely only on this: a row that it has
    /// locked or changed stays the same until the commit, and an UPDATE or DELETE evaluates its WHERE clause on the
    /// newest committed version of each row. Anything read without a lock may have changed by the next statement. The
    /// only conflict is a deadlock, so statements that lock several rows lock them in one order.
    case statement
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

    /// Runs several independent statements in order and returns the rows of each. An engine across a network sends them
    /// together, in one round trip.
    func queryAll(_ statements: [SQLStatement]) throws -> [[SQLRow]]

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

    package func queryAll(_ statements: [SQLStatement]) throws -> [[SQLRow]] {
        try statements.map { try query($0.sql, $0.parameters) }
    }

    /// Tries to take the advisory lock of some maintenance work until this transaction ends; false when another
    /// transaction holds it. Never waits.
    /// - Parameter name: the name of the maintenance.
    package func takesOver(_ name: String) throws -> Bool {
        guard let tryLock = dialect.tryLock else { return true }
        var hash = StableHash()
        hash.combine(name.utf8)
        return try query(tryLock, [.integer(Int64(bitPattern: hash.value))])[0].bool("is_taken")
    }
}
