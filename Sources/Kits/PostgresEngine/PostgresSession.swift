internal import CPQ
import Glibc
import LibraryKit
import SQLKit

/// A connection to a server, used by one thread at a time.
///
/// Commands go out in pipelines (libpq, chapter 34.5): statements that control the transaction travel with the first
/// statement that follows them, so that a short transaction takes two round trips.
final class PostgresSession {
    private static let library = SharedLibrary<PQFunctions>(
        [CPQ_LIBRARY], package: { _ in "libpq5" }, nameAt: { cpq_function_name($0) })

    /// The version of libpq, such as 150018.
    static func libraryVersion() throws(SharedLibraryError) -> Int { Int(try library.functions().PQlibVersion()) }

    /// One command of a pipeline.
    enum Command {
        /// Without parameters and without rows, such as `BEGIN`.
        case control(String)
        case statement(String, PostgresParameters)
    }

    let pq: PQFunctions
    private let handle: OpaquePointer
    private let isPreparing: Bool
    /// Names of prepared statements, by their text.
    private var prepared: [String: String] = [:]
    private var lastPrepared = 0
    private var columns: [String: PostgresColumns] = [:]
    private static let maximumPrepared = 500
    /// How long the server may be silent, beyond its own limits for statements.
    private let silenceSeconds: Double
    /// The SQLSTATE of the last statement that failed.
    private(set) var failedState = ""

    /// Connects and sets the session's limits.
    /// - Throws: ``SQLError`` `unreachable`, `cannotOpen`.
    init(_ options: PostgresOptions) throws {
        do { pq = try Self.library.functions() } catch {
            throw SQLError(code: .cannotOpen, message: error.description)
        }
        isPreparing = !options.usesPooler
        silenceSeconds = options.statementSeconds + 10
        handle = try Self.connect(options, pq)
        // If this throws, the connection is closed all the same: the object is complete.
        try greet(options)
    }

    deinit { pq.PQfinish(handle) }

    var isBroken: Bool { pq.PQstatus(handle) == CONNECTION_BAD }

    /// Such as 150018.
    var serverVersion: Int { Int(pq.PQserverVersion(handle)) }

    /// Whether a statement has failed, so that the transaction can only be rolled back.
    var hasFailedTransaction: Bool { pq.PQtransactionStatus(handle) == PQTRANS_INERROR }

    // MARK: Connecting

    private static func connect(_ options: PostgresOptions, _ pq: PQFunctions) throws -> OpaquePointer {
        var words: [(String, String)] = [
            ("dbname", options.address), ("fallback_application_name", "qrpay"), ("client_encoding", "UTF8"),
            ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "30000"), ("target_session_attrs", "read-write"),
        ]
        if let password = options.password { words.append(("password", password)) }
        let keys = words.map { strdup($0.0) }
        let values = words.map { strdup($0.1) }
        defer { for text in keys + values { free(text) } }
        let handle = (keys.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { keys in
            (values.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { values in
                pq.PQconnectStartParams(keys.baseAddress!, values.baseAddress!, 1)
            }
        }
        guard let handle else { throw SQLError(code: .cannotOpen, message: "out of memory while connecting") }
        do {
            try finish(handle, within: options.connectSeconds, pq)
            return handle
        } catch {
            pq.PQfinish(handle)
            throw error
        }
    }

    private static func finish(_ handle: OpaquePointer, within seconds: Double, _ pq: PQFunctions) throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED, pq.PQstatus(handle) != CONNECTION_BAD else {
                throw failure(handle, pq)
            }
            let isReading = state == PGRES_POLLING_READING
            guard wait(for: pq.PQsocket(handle), reading: isReading, writing: !isReading, until: deadline) else {
                throw SQLError.unreachable("the server does not answer")
            }
            state = pq.PQconnectPoll(handle)
        }
    }

    /// Why a connection could not be made: its SQLSTATE is not available, so the message decides what is not the
    /// network's fault.
    private static func failure(_ handle: OpaquePointer, _ pq: PQFunctions) -> SQLError {
        let message = text(pq.PQerrorMessage(handle))
        let isRefusal =
            message.contains("FATAL:") && !message.contains("starting up")
            && !message.contains("shutting down") && !message.contains("too many")
        return SQLError(code: isRefusal ? .cannotOpen : .unreachable, message: message)
    }

    private func greet(_ options: PostgresOptions) throws {
        guard serverVersion >= 130_000 else {
            throw SQLError(code: .cannotOpen, message: "the server is older than PostgreSQL 13")
        }
        _ = pq.PQsetnonblocking(handle, 1)
        func milliseconds(_ seconds: Double) -> Int { Int(min(max(seconds, 0), 86_400) * 1000) }
        var script = """
            SET statement_timeout = \(milliseconds(options.statementSeconds));
            SET lock_timeout = \(milliseconds(options.lockSeconds));
            SET idle_in_transaction_session_timeout = \(milliseconds(options.idleSeconds));
            SET standard_conforming_strings = on; SET bytea_output = hex; SET client_min_messages = warning;
            """
        if let schema = options.schema { script += "SET search_path = \(Self.quoted(schema));" }
        try self.script(script)
    }

    /// A name as statements write it.
    static func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

    // MARK: Exchanges

    /// Runs statements without parameters, separated by semicolons.
    func script(_ sql: String) throws {
        guard pq.PQsendQuery(handle, sql) == 1 else { throw lost() }
        var failure: SQLError?
        while let result = try nextResult() {
            defer { pq.PQclear(result) }
            if let error = error(of: result, sql: nil) { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    /// Sends commands together and reads what each returns.
    ///
    /// The first one that fails ends the exchange; those after it have no effect.
    /// - Returns: the results of the statements.
    func exchange(_ commands: [Command]) throws -> [PostgresResult] {
        guard pq.PQenterPipelineMode(handle) == 1 else { throw lost() }
        var preparing: [Bool] = []
        for command in commands {
            switch command {
            case .control(let sql):
                preparing.append(false)
                guard pq.PQsendQueryParams(handle, sql, 0, nil, nil, nil, nil, 0) == 1 else { throw lost() }
            case .statement(let sql, let parameters): preparing.append(try send(sql, parameters))
            }
        }
        guard pq.PQpipelineSync(handle) == 1 else { throw lost() }

        var results: [PostgresResult] = []
        var failure: SQLError?
        for (command, isPrepared) in zip(commands, preparing) {
            var sql: String?
            if case .statement(let text, _) = command { sql = text }
            if isPrepared {
                let answer = try readAnswer(sql: sql)
                failure = failure ?? answer.failure
                if answer.failure != nil || answer.isSkipped { sql.map { prepared[$0] = nil } }
            }
            let answer = try readAnswer(sql: sql)
            failure = failure ?? answer.failure
            if sql != nil { results.append(answer.result) }
        }
        while let result = try nextResult() {
            defer { pq.PQclear(result) }
            if pq.PQresultStatus(result) == PGRES_PIPELINE_SYNC { break }
        }
        guard pq.PQexitPipelineMode(handle) == 1 else { throw lost() }
        if let failure {
            // Prepared anew next time: its table may have changed.
            if failure.code == .conflict || failure.code == .incomplete { forgetPrepared() }
            throw failure
        }
        return results
    }

    /// - Returns: whether the statement is prepared with it.
    private func send(_ sql: String, _ parameters: PostgresParameters) throws -> Bool {
        guard isPreparing else {
            let isSent = parameters.withPointers { count, values, lengths, formats in
                pq.PQsendQueryParams(handle, sql, count, nil, values, lengths, formats, 0)
            }
            guard isSent == 1 else { throw lost() }
            return false
        }
        var isNew = false
        let name: String
        if let known = prepared[sql] {
            name = known
        } else {
            lastPrepared += 1
            name = "s\(lastPrepared)"
            isNew = true
            guard pq.PQsendPrepare(handle, name, sql, 0, nil) == 1 else { throw lost() }
            prepared[sql] = name
        }
        let isSent = parameters.withPointers { count, values, lengths, formats in
            pq.PQsendQueryPrepared(handle, name, count, values, lengths, formats, 0)
        }
        guard isSent == 1 else { throw lost() }
        return isNew
    }

    /// Whether so many statements are prepared that they should be forgotten before the next transaction.
    var hasManyPrepared: Bool { prepared.count > Self.maximumPrepared }

    private func forgetPrepared() { shouldDeallocate = true }

    private var shouldDeallocate = false

    /// Forgets prepared statements where that is due; outside of transactions.
    func tidy() throws {
        guard shouldDeallocate || hasManyPrepared else { return }
        try script("DEALLOCATE ALL")
        prepared = [:]
        columns = [:]
        shouldDeallocate = false
    }

    // MARK: Reading

    private struct Answer {
        var result = PostgresResult()
        var failure: SQLError?
        /// An earlier command of the pipeline has failed.
        var isSkipped = false
    }

    /// Reads what one command has returned.
    private func readAnswer(sql: String?) throws -> Answer {
        var answer = Answer()
        while let result = try nextResult() {
            defer { pq.PQclear(result) }
            let tag = Self.text(pq.PQcmdTuples(result))
            switch pq.PQresultStatus(result) {
            case PGRES_TUPLES_OK:
                answer.result.rows = rows(of: result, sql)
                answer.result.changed = Int(tag) ?? 0
            case PGRES_COMMAND_OK: answer.result.changed = Int(tag) ?? 0
            case PGRES_PIPELINE_ABORTED: answer.isSkipped = true
            default: answer.failure = answer.failure ?? error(of: result, sql: sql)
            }
        }
        return answer
    }

    private func rows(of result: OpaquePointer, _ sql: String?) -> [SQLRow] {
        let count = pq.PQntuples(result)
        guard count > 0 else { return [] }
        let columns: PostgresColumns
        if let sql, isPreparing, let known = self.columns[sql] {
            columns = known
        } else {
            columns = PostgresColumns(result, pq)
            if let sql { self.columns[sql] = columns }
        }
        return (0..<count).map { columns.row($0, of: result, pq) }
    }

    /// - Returns: nil after the last result of a command.
    private func nextResult() throws -> OpaquePointer? {
        let deadline = ContinuousClock.now + .seconds(silenceSeconds)
        while true {
            let unsent = pq.PQflush(handle)
            guard unsent >= 0 else { throw lost() }
            if pq.PQisBusy(handle) == 0 { return pq.PQgetResult(handle) }
            guard
                Self.wait(for: pq.PQsocket(handle), reading: true, writing: unsent == 1, until: deadline)
            else { throw SQLError.unreachable("the server has not answered for \(Int(silenceSeconds)) seconds") }
            guard pq.PQconsumeInput(handle) == 1 else { throw lost() }
        }
    }

    private func error(of result: OpaquePointer, sql: String?) -> SQLError? {
        let status = pq.PQresultStatus(result)
        guard status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE else { return nil }
        let state = Self.text(pq.PQresultErrorField(result, CPQ_SQLSTATE))
        guard !state.isEmpty else { return lost() }
        var message = Self.text(pq.PQresultErrorMessage(result))
        if state.hasPrefix("23") {
            // The server's detail holds values.
            let constraint = Self.text(pq.PQresultErrorField(result, CPQ_CONSTRAINT_NAME))
            let table = Self.text(pq.PQresultErrorField(result, CPQ_TABLE_NAME))
            message = "constraint \(constraint) of table \(table) failed"
        }
        failedState = state
        return SQLError(state: state, message: String(message.prefix { $0 != "\n" }), sql: sql)
    }

    private func lost() -> SQLError {
        SQLError.unreachable("connection lost: \(Self.text(pq.PQerrorMessage(handle)))")
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        guard let pointer else { return "" }
        var text = String(cString: pointer)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String { text(UnsafePointer(pointer)) }

    /// - Returns: false when the deadline has passed.
    private static func wait(
        for socket: Int32, reading: Bool, writing: Bool, until deadline: ContinuousClock.Instant
    ) -> Bool {
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return false }
            var entry = pollfd(fd: socket, events: 0, revents: 0)
            if reading { entry.events |= Int16(POLLIN) }
            if writing { entry.events |= Int16(POLLOUT) }
            let milliseconds = Int32(clamping: left.components.seconds * 1000 + 1)
            let count = poll(&entry, 1, milliseconds)
            if count > 0 { return true }
            if count < 0, errno != EINTR { return true }
        }
    }
}
