import SQLKit

/// Brings a database to the newest schema.
struct PostgresMigrations {
    private let all: [SQLMigration]
    /// Created if it does not exist.
    private let schema: String?

    init(_ all: [SQLMigration], schema: String?) {
        self.all = all
        self.schema = schema
    }

    /// The advisory lock that keeps two programs from migrating at the same time.
    private static let lock = 0x7172_7061

    /// Applies the pending migrations, each in its own transaction.
    /// - Throws: ``SQLError`` `newerSchema`, `changedMigration`, `outdated` when migrations are pending and `migrates`
    ///   is false, `foreignDatabase` when the database belongs to another program.
    func run(on session: PostgresSession, migrates: Bool) throws {
        for migration in try pending(on: session) {
            guard migrates else {
                throw SQLError(
                    code: .outdated,
                    message: migration.version == all.first?.version
                        ? "the database has no tables yet"
                        : "its schema is \(migration.version - 1), older than this one's")
            }
            do { try apply(migration, on: session) } catch var error as SQLError {
                error.message = "migration \(migration.version) (\(migration.name)): \(error.message)"
                throw error
            }
        }
    }

    private func apply(_ migration: SQLMigration, on session: PostgresSession) throws {
        // A migration may take long, so only the lock timeout applies.
        try session.script(
            """
            BEGIN; \(PostgresSession.settings(session.options, isLocal: true)); SET LOCAL statement_timeout = 0;
            SELECT pg_advisory_xact_lock(\(Self.lock))
            """)
        do {
            if let schema { try session.script("CREATE SCHEMA IF NOT EXISTS \(PostgresSession.quoted(schema))") }
            // Another program may have applied it while this one waited for the lock.
            if try pending(on: session).contains(migration) {
                try session.script(migration.statements(.postgres))
                try session.script(
                    """
                    CREATE TABLE IF NOT EXISTS schema_migrations (
                        version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL
                    )
                    """)
                _ = try session.exchange([
                    .statement(
                        "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                        try PostgresParameters([
                            .integer(migration.version), .text(migration.name), .text(migration.checksum(.postgres)),
                        ]))
                ])
            }
            try session.script("COMMIT")
        } catch {
            _ = try? session.script("ROLLBACK")
            throw error
        }
    }

    private func pending(on session: PostgresSession) throws -> ArraySlice<SQLMigration> {
        let applied = try history(on: session)
        let (found, known) = (applied.last?.version ?? 0, all.last?.version ?? 0)
        guard found <= known else {
            throw SQLError(
                code: .newerSchema(found: found, known: known),
                message: "the store has schema version \(found), this program supports \(known): use a newer release")
        }
        for (past, migration) in zip(applied, all) where past != (migration.version, migration.checksum(.postgres)) {
            throw SQLError(
                code: .changedMigration(version: past.version),
                message: "migration \(past.version) of the store differs from this program's")
        }
        return all.dropFirst(applied.count)
    }

    private func history(on session: PostgresSession) throws -> [(version: Int, checksum: String)] {
        let tables = try rows(
            "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()", on: session
        ).map { try $0.text("name") }
        guard tables.contains("schema_migrations") else {
            guard tables.isEmpty else {
                throw SQLError(code: .foreignDatabase, message: "the database belongs to another program")
            }
            return []
        }
        return try rows("SELECT version, checksum FROM schema_migrations ORDER BY version", on: session)
            .map { (version: Int(try $0.integer("version")), checksum: try $0.text("checksum")) }
    }

    private func rows(_ sql: String, on session: PostgresSession) throws -> [SQLRow] {
        try session.exchange(session.setting + [.statement(sql, try PostgresParameters([]))])[0].rows
    }
}
