internal import CPQ
import SQLKit

/// A session with a server, used by one thread at a time.
///
/// Commands go out in pipelines (libpq, chapter 34.5). Statements that control the transaction travel with the first
/// statement after them, so a short transaction takes two round trips.
final class PostgresSession {
    /// One command of a pipeline.
    enum Command {
        /// Without parameters and without rows, such as `BEGIN`.
        case control(String)
        case statement(String, PostgresParameters)

        fileprivate var sql: String? { if case .statement(let sql, _) = self { sql } else { nil } }
    }

    let wire: PostgresWire
    let options: PostgresOptions
    private let pq: PQFunctions
    private var statements = PostgresStatements()
    private var forgetsStatements = false
    /// The result of the statement that ended the last transaction is still to be read.
    private var isUnsettled = false
    private let silenceSeconds: Double
    /// The SQLSTATE of the last failed statement.
    private(set) var failedState = ""
    /// The command tag of the last exchange's last command, such as `COMMIT`.
    private(set) var lastTag = ""
    /// What the server reported about itself when the session began.
    var facts = PostgresFacts()

    init(_ wire: PostgresWire, _ options: PostgresOptions) {
        (self.wire, self.options, pq) = (wire, options, wire.pq)
        silenceSeconds = options.silenceSeconds ?? max(options.statementSeconds, options.lockSeconds) + 10
    }

    /// Whether the connection can no longer be used.
    var isBroken: Bool { wire.isBroken || pq.PQstatus(wire.handle) == CONNECTION_BAD }

    /// Such as 150018.
    var serverVersion: Int { Int(pq.PQserverVersion(wire.handle)) }

    /// Whether a statement has failed, so that the transaction can only be rolled back.
    var hasFailedTransaction: Bool { pq.PQtransactionStatus(wire.handle) == PQTRANS_INERROR }

    /// How many statements are prepared.
    var preparedCount: Int { statements.count }

    /// A name, quoted for SQL.
    static func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

    // MARK: Exchanges

    /// Runs statements without parameters, separated by semicolons.
    /// - Returns: the rows of all statements.
    @discardableResult
    func script(_ sql: String, silenceSeconds: Double? = nil) throws(SQLError) -> [SQLRow] {
        guard pq.PQsendQuery(wire.handle, sql) == 1 else { throw wire.lost() }
        let seconds = silenceSeconds ?? self.silenceSeconds
        var (rows, failure): ([SQLRow], SQLError?) = ([], nil)
        while let result = try wire.nextResult(silenceSeconds: seconds) {
            defer { pq.PQclear(result) }
            if let error = error(of: result, sql: nil) { failure = failure ?? error }
            rows += self.rows(of: result, nil)
        }
        if let failure { throw failure }
        return rows
    }

    /// Sends commands together and reads the result of each.
    ///
    /// The first failure ends the exchange; the commands after it have no effect.
    /// - Returns: the results of the statements.
    func exchange(_ commands: [Command]) throws(SQLError) -> [PostgresResult] {
        let isPreparing = try send(commands)
        var (results, failure): ([PostgresResult], SQLError?) = ([], nil)
        for (command, isPrepared) in zip(commands, isPreparing) {
            let answer = try readAnswer(command, isPrepared: isPrepared)
            failure = failure ?? answer.failure
            if command.sql != nil { results.append(answer.result) }
        }
        try endExchange(failure)
        return results
    }

    /// Ends a transaction that has only read. Its result cannot matter, so ``settle()`` reads it later: the reader
    /// saves a round trip, and the server's snapshot ends just as soon.
    func endReading() throws(SQLError) {
        _ = try send([.control("COMMIT")])
        isUnsettled = true
        // An unsent command would leave the transaction open.
        if pq.PQflush(wire.handle) != 0 { try settle() }
    }

    /// Reads outstanding results before the session is used again. A session that does not answer is closed.
    func settle() throws(SQLError) {
        guard isUnsettled else { return }
        isUnsettled = false
        do throws(SQLError) { try endExchange(try readOne(sql: nil).failure) } catch {
            wire.abandon()
            throw error
        }
    }

    /// Sends commands together; the last one returns rows that are read one by one.
    /// - Returns: the results of the statements before it, and its rows, which must be read to the end or dropped.
    func openStream(_ commands: [Command]) throws(SQLError) -> ([PostgresResult], PostgresStream) {
        let isPreparing = try send(commands)
        var (results, failure): ([PostgresResult], SQLError?) = ([], nil)
        for (command, isPrepared) in zip(commands, isPreparing).dropLast() {
            let answer = try readAnswer(command, isPrepared: isPrepared)
            failure = failure ?? answer.failure
            if command.sql != nil { results.append(answer.result) }
        }
        let sql = commands.last?.sql
        if isPreparing.last == true {
            let answer = try readOne(sql: sql)
            failure = failure ?? answer.failure
            if answer.isVoid, let sql { statements.forget(sql) }
        }
        _ = pq.PQsetSingleRowMode(wire.handle)
        return (results, PostgresStream(self, sql, failure))
    }

    /// - Returns: for each command, whether a Parse message goes with it.
    private func send(_ commands: [Command]) throws(SQLError) -> [Bool] {
        guard pq.PQenterPipelineMode(wire.handle) == 1 else { throw wire.lost() }
        var isPreparing: [Bool] = []
        for command in commands {
            switch command {
            case .control(let sql):
                isPreparing.append(false)
                guard pq.PQsendQueryParams(wire.handle, sql, 0, nil, nil, nil, nil, 0) == 1 else { throw wire.lost() }
            case .statement(let sql, let parameters): isPreparing.append(try send(sql, parameters))
            }
        }
        guard pq.PQpipelineSync(wire.handle) == 1 else { throw wire.lost() }
        return isPreparing
    }

    /// - Returns: whether a Parse message goes with it.
    private func send(_ sql: String, _ parameters: PostgresParameters) throws(SQLError) -> Bool {
        guard !options.usesPooler else {
            let isSent = parameters.withPointers { count, values, lengths, formats in
                pq.PQsendQueryParams(wire.handle, sql, count, nil, values, lengths, formats, 0)
            }
            guard isSent == 1 else { throw wire.lost() }
            return false
        }
        let (name, isNew) = statements.use(sql)
        if isNew { guard pq.PQsendPrepare(wire.handle, name, sql, 0, nil) == 1 else { throw wire.lost() } }
        let isSent = parameters.withPointers { count, values, lengths, formats in
            pq.PQsendQueryPrepared(wire.handle, name, count, values, lengths, formats, 0)
        }
        guard isSent == 1 else { throw wire.lost() }
        return isNew
    }

    func endExchange(_ failure: SQLError?) throws(SQLError) {
        do throws(SQLError) {
            while let result = try wire.nextResult(silenceSeconds: silenceSeconds) {
                defer { pq.PQclear(result) }
                if pq.PQresultStatus(result) == PGRES_PIPELINE_SYNC { break }
            }
            guard pq.PQexitPipelineMode(wire.handle) == 1 else { throw wire.lost() }
        } catch {
            // The server's last error says more than the end of the connection.
            throw failure ?? error
        }
        guard let failure else { return }
        // Prepare the statements again next time: a table may have changed.
        if failure.code == .conflict || failure.code == .incomplete { forgetsStatements = true }
        throw failure
    }

    /// Deallocates prepared statements where that is due; outside transactions only.
    func tidy() throws(SQLError) {
        if forgetsStatements {
            try script("DEALLOCATE ALL")
            statements.forgetAll()
            forgetsStatements = false
        }
        let names = statements.removeSurplus()
        if !names.isEmpty { try script(names.map { "DEALLOCATE \($0)" }.joined(separator: "; ")) }
    }

    // MARK: Reading

    private struct Answer {
        var result = PostgresResult()
        var failure: SQLError?
        /// The command failed, or was skipped because an earlier one failed.
        var isVoid = false
    }

    private func readAnswer(_ command: Command, isPrepared: Bool) throws(SQLError) -> Answer {
        var failure: SQLError?
        if isPrepared {
            let answer = try readOne(sql: command.sql)
            failure = answer.failure
            if answer.isVoid, let sql = command.sql { statements.forget(sql) }
        }
        var answer = try readOne(sql: command.sql)
        answer.failure = failure ?? answer.failure
        return answer
    }

    /// Reads the results of one command.
    private func readOne(sql: String?) throws(SQLError) -> Answer {
        var answer = Answer()
        while let result = try wire.nextResult(silenceSeconds: silenceSeconds) {
            defer { pq.PQclear(result) }
            lastTag = PostgresLibrary.text(pq.PQcmdStatus(result))
            switch pq.PQresultStatus(result) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                answer.result.rows = rows(of: result, sql)
                answer.result.changed = Int(PostgresLibrary.text(pq.PQcmdTuples(result))) ?? 0
            case PGRES_PIPELINE_ABORTED: answer.isVoid = true
            default:
                answer.failure = answer.failure ?? error(of: result, sql: sql)
                answer.isVoid = true
            }
        }
        return answer
    }

    private func rows(of result: OpaquePointer, _ sql: String?) -> [SQLRow] {
        let count = pq.PQntuples(result)
        guard count > 0 else { return [] }
        let columns: PostgresColumns
        if let sql, let known = statements.columns(of: sql) {
            columns = known
        } else {
            columns = PostgresColumns(result, pq)
            if let sql { statements.set(columns, of: sql) }
        }
        return (0..<count).map { columns.row($0, of: result, pq) }
    }

    /// The next rows of a stream; nil at the end.
    func streamed(_ sql: String?) throws(SQLError) -> [SQLRow]? {
        guard let result = try wire.nextResult(silenceSeconds: silenceSeconds) else { return nil }
        defer { pq.PQclear(result) }
        if let error = error(of: result, sql: sql) { throw error }
        return rows(of: result, sql)
    }

    private func error(of result: OpaquePointer, sql: String?) -> SQLError? {
        let status = pq.PQresultStatus(result)
        guard status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE else { return nil }
        let state = PostgresLibrary.text(pq.PQresultErrorField(result, CPQ_SQLSTATE))
        guard !state.isEmpty else { return wire.lost() }
        // PG_DIAG_MESSAGE_PRIMARY: without the severity, which is always ERROR.
        var message = PostgresLibrary.text(pq.PQresultErrorField(result, Int32(UInt8(ascii: "M"))))
        if state.hasPrefix("23") {
            // The server's detail contains values.
            let constraint = PostgresLibrary.text(pq.PQresultErrorField(result, CPQ_CONSTRAINT_NAME))
            let table = PostgresLibrary.text(pq.PQresultErrorField(result, CPQ_TABLE_NAME))
            message = "constraint \(constraint) of table \(table) failed"
        } else if state.hasPrefix("22") {
            // data_exception: the message quotes the value.
            message = "a value has the wrong form or is out of range (SQLSTATE \(state))"
        }
        failedState = state
        return SQLError(
            state: state, message: String(message.prefix { $0 != "\n" }),
            function: PostgresLibrary.text(pq.PQresultErrorField(result, CPQ_SOURCE_FUNCTION)), sql: sql)
    }
}
