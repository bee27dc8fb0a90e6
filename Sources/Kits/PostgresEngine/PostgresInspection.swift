internal import CPQ
import SQLKit
import WorldKit

extension PostgresDatabase {
    /// The state of the server and of the store on it.
    /// - Parameter tables: tables whose rows are counted, by the server's own estimate.
    /// - Throws: ``SQLError``.
    package func state(of tables: [String] = []) async throws -> PostgresServerState {
        let address = pool.options.address.redacted
        let library = try Self.libraryVersion()
        return try await pool.withSession { session in
            try PostgresInspection(session).state(address: address, library: library, tables: tables)
        }
    }
}

/// Queries a server about itself.
private struct PostgresInspection {
    private let session: PostgresSession

    init(_ session: PostgresSession) { self.session = session }

    func state(address: String, library: Int, tables: [String]) throws -> PostgresServerState {
        let samples = try (0..<3).map { _ in try session.compareClocks() }
        guard let clock = samples.min(by: { $0.uncertainty < $1.uncertainty }), let row = try rows(Self.server).first
        else { throw SQLError(code: .other, message: "the server did not describe itself") }
        return PostgresServerState(
            address: address, libraryVersion: library, serverVersion: session.serverVersion,
            serverVersionName: try row.text("version"),
            isPrimary: try !row.bool("is_recovering") && !row.bool("is_read_only"),
            encryption: session.wire.encryption, isSocket: session.wire.isSocket, fsync: try row.bool("fsync"),
            fullPageWrites: try row.bool("full_page_writes"), synchronousCommit: try row.text("synchronous_commit"),
            encoding: try row.text("encoding"), collation: try row.text("collation"),
            isAutovacuumOn: try row.bool("autovacuum"), connectionsUsed: Int(try row.integer("connections_used")),
            connectionLimit: Int(try row.integer("connection_limit")), oldestSnapshot: try oldestSnapshot(),
            database: try row.text("database"), user: try row.text("user_name"),
            schema: session.options.schema ?? session.facts.schema,
            mayUseSchema: try row.optionalInteger("may_use") == 1,
            mayCreateInSchema: try row.optionalInteger("may_create") == 1,
            forbiddenTables: try rows(Self.forbidden).map { try $0.text("name") }, tables: try states(of: tables),
            clockOffsetSeconds: clock.wallOffsetSeconds, clockUncertaintySeconds: Double(clock.uncertainty) / 1e6,
            systemIdentifier: session.facts.systemIdentifier)
    }

    private func rows(_ sql: String, _ parameters: [SQLValue] = []) throws -> [SQLRow] {
        try session.exchange(session.setting + [.statement(sql, try PostgresParameters(parameters))])[0].rows
    }

    private func oldestSnapshot() throws -> PostgresServerState.OldestSnapshot? {
        guard let row = try rows(Self.snapshots).first else { return nil }
        return PostgresServerState.OldestSnapshot(
            holder: try row.text("holder"), pid: try row.optionalInteger("pid").map { Int($0) },
            application: try row.optionalText("application"),
            ageSeconds: try row.optionalInteger("age_microseconds").map { Double($0) / 1e6 },
            ageTransactions: try row.integer("age_transactions"))
    }

    private func states(of tables: [String]) throws -> [PostgresServerState.TableState] {
        guard !tables.isEmpty else { return [] }
        let places = tables.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        return try rows(
            """
            SELECT relname AS name, n_live_tup AS live, n_dead_tup AS dead, pg_total_relation_size(relid) AS bytes,
                (extract(epoch FROM last_autovacuum) * 1000000)::bigint AS last_autovacuum
            FROM pg_stat_user_tables WHERE schemaname = current_schema() AND relname IN (\(places)) ORDER BY relname
            """, tables.map(SQLValue.text)
        ).map { row in
            PostgresServerState.TableState(
                name: try row.text("name"), liveRows: try row.integer("live"), deadRows: try row.integer("dead"),
                lastAutovacuum: try row.optionalInstant("last_autovacuum"), bytes: try row.integer("bytes"))
        }
    }

    private static let server = """
        SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS is_recovering,
            current_setting('default_transaction_read_only')::boolean AS is_read_only,
            current_setting('fsync')::boolean AS fsync,
            current_setting('full_page_writes')::boolean AS full_page_writes,
            current_setting('synchronous_commit') AS synchronous_commit, current_setting('server_encoding') AS encoding,
            current_setting('autovacuum')::boolean AS autovacuum, current_database()::text AS database,
            current_user::text AS user_name,
            (SELECT datcollate::text FROM pg_database WHERE datname = current_database()) AS collation,
            (SELECT sum(numbackends) FROM pg_stat_database) AS connections_used,
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                - coalesce(current_setting('reserved_connections', true)::int, 0) AS connection_limit,
            has_schema_privilege(current_schema(), 'USAGE') AS may_use,
            has_schema_privilege(current_schema(), 'CREATE') AS may_create
        """

    private static let forbidden = """
        SELECT tablename::text AS name FROM pg_tables,
            LATERAL (SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS path) AS named
        WHERE schemaname = current_schema()
            AND NOT (has_table_privilege(path, 'SELECT') AND has_table_privilege(path, 'INSERT')
                AND has_table_privilege(path, 'UPDATE') AND has_table_privilege(path, 'DELETE'))
        ORDER BY tablename
        """

    /// A user sees other users' backends only as a member of pg_monitor.
    private static let snapshots = """
        SELECT * FROM (
            SELECT 'backend' AS holder, pid, application_name::text AS application,
                (extract(epoch FROM clock_timestamp() - xact_start) * 1000000)::bigint AS age_microseconds,
                age(backend_xmin)::bigint AS age_transactions
            FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
            UNION ALL
            SELECT 'prepared transaction ' || gid, NULL, NULL,
                (extract(epoch FROM clock_timestamp() - prepared) * 1000000)::bigint, age(transaction)::bigint
            FROM pg_prepared_xacts
            UNION ALL
            SELECT 'replication slot ' || slot_name, active_pid, NULL, NULL,
                greatest(age(xmin), age(catalog_xmin))::bigint
            FROM pg_replication_slots WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
        ) AS holders
        ORDER BY age_transactions DESC, age_microseconds DESC NULLS LAST LIMIT 1
        """
}

extension PostgresWire {
    /// How the connection is encrypted; nil if it is not.
    var encryption: PostgresServerState.Encryption? {
        guard pq.PQsslInUse(handle) == 1 else { return nil }
        return PostgresServerState.Encryption(
            version: PostgresLibrary.text(pq.PQsslAttribute(handle, "protocol")),
            cipher: PostgresLibrary.text(pq.PQsslAttribute(handle, "cipher")),
            verifiedName: parameter("sslmode") == "verify-full" ? PostgresLibrary.text(pq.PQhost(handle)) : nil)
    }

    var isSocket: Bool { ["/", "@"].contains(PostgresLibrary.text(pq.PQhost(handle)).prefix(1)) }

    /// A parameter of the connection.
    private func parameter(_ keyword: String) -> String? {
        guard let options = pq.PQconninfo(handle) else { return nil }
        defer { pq.PQconninfoFree(options) }
        var option = options
        while let name = option.pointee.keyword {
            if String(cString: name) == keyword { return option.pointee.val.map { String(cString: $0) } }
            option += 1
        }
        return nil
    }
}
