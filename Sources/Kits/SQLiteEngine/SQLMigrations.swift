package import SQLKit

/// All migrations of a schema, oldest first, and which of them a store has applied.
///
/// A store keeps its history in the table `schema_migrations`, and the newest version in `PRAGMA user_version`.
package struct SQLMigrations {
    private let all: [SQLMigration]

    package init(_ all: [SQLMigration]) throws {
        let versions = [0] + all.map(\.version)
        guard zip(versions, versions.dropFirst()).allSatisfy(<), versions.allSatisfy({ Int32(exactly: $0) != nil })
        else {
            throw SQLError(code: .other, message: "migration versions must increase from 1: \(versions.dropFirst())")
        }
        self.all = all
    }

    /// Whether the store has applied all migrations.
    /// - Throws: `newerSchema`, `changedMigration`, `notADatabase` for another program's database, and `incomplete` if
    ///   a table is missing.
    func isDone(on connection: SQLiteConnection, checksTables: Bool = true) throws -> Bool {
        try connection.reading { connection in
            let missing = try missing(on: connection)
            if checksTables { try checkTables(of: connection, after: all.count - missing.count) }
            return missing.isEmpty
        }
    }

    /// Checked on open: a payment that discovers a missing table when it writes has already moved money.
    private func checkTables(of connection: SQLiteConnection, after count: Int) throws {
        let found = Set(try Self.tables(of: connection))
        let missing = Self.tables(madeBy: all.prefix(count)).subtracting(found).sorted()
        guard let first = missing.first else { return }
        let others = missing.count > 1 ? " and \(missing.count - 1) more are missing" : " is missing"
        throw SQLError(code: .incomplete, message: "\(connection.path): table \(first)\(others)")
    }

    /// The tables that exist after `migrations`, parsed from their statements, because running them takes longer than
    /// most commands.
    static func tables(madeBy migrations: some Sequence<SQLMigration>) -> Set<String> {
        var tables: Set<String> = []
        for migration in migrations {
            let separators = Set(" \n\t(;\"".utf8)
            let words = migration.sql.utf8.split(whereSeparator: separators.contains).map { String(Substring($0)) }
            for (index, word) in words.enumerated() where word == "TABLE" && index > 0 {
                let rest = words[(index + 1)...].drop { ["IF", "NOT", "EXISTS"].contains($0) }
                guard let name = rest.first else { continue }
                switch words[index - 1] {
                case "CREATE": tables.insert(name)
                case "DROP": tables.remove(name)
                case "ALTER" where rest.dropFirst().starts(with: ["RENAME", "TO"]):
                    tables.remove(name)
                    tables.formUnion(rest.dropFirst(3).prefix(1))
                default: break
                }
            }
        }
        return tables
    }

    private static func tables(of connection: SQLiteConnection) throws -> [String] {
        try connection.query("SELECT name FROM sqlite_schema WHERE type = 'table'").map { try $0.text("name") }
    }

    /// Applies the pending migrations, each in its own transaction.
    ///
    /// The caller holds the writer lock.
    /// - Throws: what ``isDone(on:)`` throws, or the error of the migration that failed; earlier ones stay applied.
    package func run(on connection: SQLiteConnection) throws {
        // A referenced table can only be rebuilt with foreign keys off, which cannot be changed within a transaction.
        connection.enforceForeignKeys(false)
        defer { connection.enforceForeignKeys(true) }
        for migration in try missing(on: connection) {
            do {
                try connection.writing { try run(migration, on: $0) }
            } catch var error as SQLError {
                error.message = "migration \(migration.version) (\(migration.name)): \(error.message)"
                throw error
            }
        }
    }

    private func run(_ migration: SQLMigration, on connection: SQLiteConnection) throws {
        try connection.script(connection.dialect.schema(migration.sql))
        guard connection.isInTransaction else { throw SQLError.transactionLost }
        let orphans = try connection.query("PRAGMA foreign_key_check")
        if let orphan = orphans.first {
            throw SQLError(
                code: .constraint,
                message: "\(orphans.count) rows without a parent, the first in \(try orphan.text("table"))")
        }
        try connection.script(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                version INTEGER PRIMARY KEY,
                name TEXT NOT NULL,
                checksum TEXT NOT NULL
            );
            PRAGMA user_version = \(migration.version);
            """)
        try connection.execute(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
            [.integer(migration.version), .text(migration.name), .text(migration.checksum)])
    }

    private func missing(on connection: SQLiteConnection) throws -> ArraySlice<SQLMigration> {
        let applied = try history(of: connection)
        let newest = try connection.query("PRAGMA user_version").first?.integer("user_version") ?? 0
        let found = max(Int(newest), applied.last?.version ?? 0)
        let known = all.last?.version ?? 0
        guard found <= known else {
            throw SQLError(
                code: .newerSchema(found: found, known: known),
                message: "the store has schema version \(found), this program supports \(known): use a newer release")
        }
        for (past, migration) in zip(applied, all) where past != (migration.version, migration.checksum) {
            throw SQLError(
                code: .changedMigration(version: past.version),
                message: "migration \(past.version) of the store differs from this program's")
        }
        return all.dropFirst(applied.count)
    }

    private func history(of connection: SQLiteConnection) throws -> [(version: Int, checksum: String)] {
        let tables = try Self.tables(of: connection)
        guard tables.contains("schema_migrations") else {
            guard tables.isEmpty else {
                throw SQLError(code: .notADatabase, message: "\(connection.path): belongs to another program")
            }
            return []
        }
        return try connection.query("SELECT version, checksum FROM schema_migrations ORDER BY version")
            .map { (version: Int(try $0.integer("version")), checksum: try $0.text("checksum")) }
    }
}
