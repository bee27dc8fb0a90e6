import SQLKit
import WorldKit

/// What a server reported about itself when a session began.
struct PostgresFacts: Hashable {
    /// Whether the server is a standby.
    var isRecovering = false
    /// Whether it is set to read only.
    var isReadOnly = false
    /// The session's first schema.
    var schema = ""
    /// Identifies the cluster, the same on a primary and its standbys; nil when this user may not read it.
    var systemIdentifier: String?
    /// Changes when a standby is promoted; nil when unknown.
    var timeline: String?
    /// Changes whenever the server recovers from a crash and when an administrator resets its statistics; nil when
    /// unknown.
    var crashEpoch: String?
    /// The flush position of the write-ahead log; no crash undoes the log before it.
    var logPosition: String?
    /// The server's clock compared with this host's.
    var clock: PostgresClock.Sample?

    var takesWrites: Bool { !isRecovering && !isReadOnly }
}

extension PostgresSession {
    /// Applies the session settings and reads the server's facts.
    /// - Throws: ``SQLError`` `unsupportedServer`, `standby`, and any error of its statements.
    func greet(silenceSeconds: Double) throws(SQLError) {
        guard serverVersion >= 130_000 else {
            throw SQLError(
                code: .unsupportedServer,
                message: "the server is PostgreSQL \(serverVersion / 10_000); 13 is the oldest that will do")
        }
        let before = PostgresClock.Reading.now()
        let rows = try script(
            (options.usesPooler ? "" : Self.settings(options, isLocal: false) + "; ") + Self.query,
            silenceSeconds: silenceSeconds)
        let after = PostgresClock.Reading.now()
        guard let row = rows.last else { throw SQLError(code: .other, message: "the server did not describe itself") }
        do {
            facts.isRecovering = try row.bool("is_recovering")
            facts.isReadOnly = try row.bool("is_read_only")
            facts.schema = try row.optionalText("schema") ?? ""
            facts.clock = PostgresClock.Sample(before, database: try row.instant("now"), after)
            let encoding = try row.text("encoding")
            guard encoding == "UTF8" else {
                throw SQLError(
                    code: .unsupportedServer, message: "the database's encoding is \(encoding); it must be UTF8")
            }
            if options.address.needsWrites { try requireWrites() }
            guard try row.bool("may_identify"), !facts.isRecovering else { return }
        } catch let error as SQLError { throw error } catch { preconditionFailure("\(error)") }
        identify(silenceSeconds: silenceSeconds)
    }

    /// - Throws: ``SQLError`` `standby`.
    func requireWrites() throws(SQLError) {
        if facts.isRecovering { throw SQLError(code: .standby, message: "the server is a standby") }
        if facts.isReadOnly {
            throw SQLError(code: .standby, message: "the server is set to read only (default_transaction_read_only)")
        }
    }

    /// Compares the clocks once.
    func compareClocks() throws -> PostgresClock.Sample {
        let before = PostgresClock.Reading.now()
        let result = try exchange([.statement(Self.clockQuery, try PostgresParameters([]))])[0]
        let after = PostgresClock.Reading.now()
        guard let row = result.rows.first else { throw SQLError(code: .other, message: "the server told no time") }
        return PostgresClock.Sample(before, database: try row.instant("now"), after)
    }

    private static let clockQuery = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now"

    /// Facts that the server does not return stay unknown.
    private func identify(silenceSeconds: Double) {
        let rows = try? script(
            """
            SELECT system_identifier::text AS system, left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline,
                stats_reset::text AS epoch, pg_current_wal_flush_lsn()::text AS position
            FROM pg_control_system(), pg_stat_bgwriter
            """, silenceSeconds: silenceSeconds)
        facts.systemIdentifier = try? rows?.first?.text("system")
        facts.timeline = try? rows?.first?.text("timeline")
        facts.crashEpoch = try? rows?.first?.optionalText("epoch")
        facts.logPosition = try? rows?.first?.text("position")
    }

    private static let query = """
        SELECT pg_is_in_recovery() AS is_recovering,
            current_setting('default_transaction_read_only') = 'on' AS is_read_only,
            current_schema() AS schema, current_setting('server_encoding') AS encoding,
            has_function_privilege('pg_control_system()', 'EXECUTE') AS may_identify,
            (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
        """

    /// Sent before statements outside a transaction body: behind a pooler, the session settings.
    var setting: [Command] { options.usesPooler ? [.control(Self.settings(options, isLocal: true))] : [] }

    /// A statement that applies the limits and formats on which every transaction relies.
    /// - Parameter isLocal: true to apply them to the current transaction only.
    static func settings(_ options: PostgresOptions, isLocal: Bool) -> String {
        func milliseconds(_ seconds: Double) -> String { "\(Int(min(max(seconds, 0), 86_400) * 1000))" }
        var settings = [
            ("statement_timeout", milliseconds(options.statementSeconds)),
            ("lock_timeout", milliseconds(options.lockSeconds)),
            ("idle_in_transaction_session_timeout", milliseconds(options.idleSeconds)),
            ("standard_conforming_strings", "on"), ("bytea_output", "hex"), ("client_min_messages", "warning"),
        ]
        if let schema = options.schema { settings.append(("search_path", quoted(schema))) }
        let calls = settings.map { "set_config('\($0.0)', '\($0.1.replacing("'", with: "''"))', \(isLocal))" }
        return "SELECT " + calls.joined(separator: ", ")
    }
}
