package import SQLKit

/// A transaction on a session, from its first statement to its commit.
final class PostgresTransaction: SQLConnection {
    enum Kind: Hashable {
        case read
        /// - isFirst: whether this is the body's first run.
        case write(SQLIsolation, isFirst: Bool)
    }

    private let session: PostgresSession
    private let kind: Kind
    /// Commands to send before the next statement.
    private var ahead: [PostgresSession.Command]
    private var hasBegun = false
    private var depth = 0
    /// How many exchanges the transaction has made.
    private var exchanges = 0
    /// The rows that are being read.
    private var stream: PostgresStream?
    /// The first failure that no savepoint can undo.
    private(set) var voided: SQLError?
    /// The transaction ID, which identifies the transaction when its outcome has to be looked up.
    private(set) var number: String?

    private static let numberQuery = "SELECT pg_current_xact_id()::text AS number"

    init(_ kind: Kind, on session: PostgresSession) throws(SQLError) {
        (self.session, self.kind) = (session, kind)
        switch kind {
        case .read: ahead = [.control("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")]
        case .write(let isolation, _):
            let level = isolation == .snapshot ? "REPEATABLE READ" : "READ COMMITTED"
            ahead = [.control("BEGIN ISOLATION LEVEL \(level)")]
        }
        ahead += session.setting
        if kind != .read { ahead.append(.statement(Self.numberQuery, try PostgresParameters([]))) }
    }

    let dialect = SQLDialect.postgres

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] { try run(sql, [parameters])[0].rows }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int { try run(sql, [parameters])[0].changed }

    func executeEach(_ sql: String, _ parameterSets: [[SQLValue]]) throws -> [Int] {
        try run(sql, parameterSets).map(\.changed)
    }

    /// Rows are read from the connection one by one, unless `body` runs a statement: then the remaining rows are read
    /// into memory first. The statement timeout covers all rows together.
    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        let stream = try exchange([.statement(sql, try PostgresParameters(parameters))]) { commands throws(SQLError) in
            let (results, stream) = try session.openStream(commands)
            note(results)
            return stream
        }
        self.stream = stream
        defer { if self.stream === stream { self.stream = nil } }
        do {
            while let row = try voiding({ () throws(SQLError) in try stream.next() }) { try body(row) }
        } catch {
            if voided == nil { try? voiding { () throws(SQLError) in try stream.drop() } }
            throw error
        }
    }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value {
        depth += 1
        defer { depth -= 1 }
        let (name, before, mark) = ("p\(depth)", ahead.count, exchanges)
        ahead.append(.control("SAVEPOINT \(name)"))
        do {
            let value = try body()
            if let voided { throw voided }
            if exchanges == mark { ahead.removeSubrange(before...) } else { ahead.append(.control("RELEASE \(name)")) }
            return value
        } catch {
            if exchanges == mark {
                ahead.removeSubrange(before...)
            } else if voided == nil {
                ahead = [.control("ROLLBACK TO \(name)"), .control("RELEASE \(name)")]
            }
            throw error
        }
    }

    /// - Throws: ``LostCommit`` when the connection was lost before the server answered.
    func commit() throws {
        if let voided { throw voided }
        guard hasBegun else { return }
        if session.hasFailedTransaction, !isUndoing {
            throw SQLError(code: .other, message: "a statement failed, and its failure was ignored")
        }
        let began = ContinuousClock.now
        if kind == .read, ahead.isEmpty { return try session.endReading() }
        do {
            _ = try session.exchange(ahead + [.control("COMMIT")])
        } catch let error where session.isBroken {
            throw LostCommit(number: number, error: error, duration: .now - began)
        }
        // COMMIT rolls back a failed transaction without reporting an error.
        guard session.lastTag == "COMMIT" else {
            throw SQLError(code: .other, message: "the server did not commit")
        }
    }

    /// Whether the next exchange starts by rolling back to a savepoint.
    private var isUndoing: Bool {
        if case .control(let sql)? = ahead.first { sql.hasPrefix("ROLLBACK TO") } else { false }
    }

    /// On any failure the connection is closed, which rolls back too.
    func rollBack() {
        guard hasBegun, !session.isBroken else { return }
        do {
            try stream?.drop()
            _ = try session.exchange([.control("ROLLBACK")])
        } catch {
            session.wire.abandon()
        }
    }

    func queryAll(_ statements: [SQLStatement]) throws -> [[SQLRow]] { try run(statements).map(\.rows) }

    private func run(_ sql: String, _ parameterSets: [[SQLValue]]) throws(SQLError) -> [PostgresResult] {
        try run(parameterSets.map { SQLStatement(sql, $0) })
    }

    private func run(_ statements: [SQLStatement]) throws(SQLError) -> [PostgresResult] {
        if let voided { throw voided }
        guard !statements.isEmpty else { return [] }
        var commands: [PostgresSession.Command] = []
        for statement in statements {
            commands.append(.statement(statement.sql, try PostgresParameters(statement.parameters)))
        }
        return try exchange(commands) { commands throws(SQLError) in
            let results = try session.exchange(commands)
            note(results.dropLast(statements.count))
            return results.suffix(statements.count)
        }
    }

    /// Sends the waiting commands, then `commands`.
    private func exchange<Value>(
        _ commands: [PostgresSession.Command], _ send: ([PostgresSession.Command]) throws(SQLError) -> Value
    ) throws(SQLError) -> Value {
        if let voided { throw voided }
        try voiding { () throws(SQLError) in try stream?.buffer() }
        stream = nil
        let commands = ahead + commands
        ahead = []
        exchanges += 1
        hasBegun = true
        return try voiding { () throws(SQLError) in try send(commands) }
    }

    private func note(_ results: some Sequence<PostgresResult>) {
        for result in results { number = (try? result.rows.first?.text("number")) ?? number }
    }

    private var isFirstOnSnapshot: Bool {
        if case .write(.snapshot, isFirst: true) = kind { true } else { false }
    }

    /// Remembers a failure after which nothing can be committed.
    private func voiding<Value>(_ body: () throws(SQLError) -> Value) throws(SQLError) -> Value {
        do {
            return try body()
        } catch {
            var error = error
            if error.code == .standby, kind == .read { error.code = .readOnly }
            // A row with this key may have been committed after the snapshot was taken, so the body could not see it.
            // When the body runs again, it can.
            let isUnseen = isFirstOnSnapshot && session.failedState == "23505"
            if error.voidsTransaction || isUnseen || session.isBroken { voided = error }
            throw error
        }
    }
}

/// The connection was lost while a commit was in flight.
struct LostCommit: Error {
    /// Nil when the transaction has changed nothing.
    var number: String?
    var error: SQLError
    /// From sending the commit to losing the connection.
    var duration: Duration
}

extension SQLDialect {
    package static let postgres = SQLDialect(
        skipLocked: "FOR UPDATE SKIP LOCKED", tryLock: "SELECT pg_try_advisory_xact_lock($1::bigint) AS is_taken",
        schemaWords: [
            "INTEGER PRIMARY KEY": "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "INTEGER": "BIGINT",
            "BLOB": "BYTEA", "TEXT": "TEXT COLLATE \"C\"",
        ])
}
