import SQLKit

/// The flaws in the tables of a store on a server, each described in one line for people.
package struct PostgresIntegrity: Hashable, Sendable {
    /// Missing tables and columns.
    package var schema: [String] = []
    /// Constraints, indexes and triggers that are not in force, and rows that violate a foreign key.
    package var constraints: [String] = []
    /// Indexes that differ from their tables; nil when the extension amcheck is not installed or this user may not run
    /// it.
    package var indexes: [String]?
}

extension PostgresDatabase {
    /// Checks the tables of the schema. It changes nothing.
    /// - Parameters:
    ///   - columns: the columns that each table must have.
    ///   - readsRows: whether to check every foreign key and compare every index with its table.
    package func integrityCheck(
        _ columns: [String: [String]], readsRows: Bool = true
    ) async throws -> PostgresIntegrity {
        var result = try await read { connection in
            PostgresIntegrity(
                schema: try self.missing(columns, connection),
                constraints: try self.notInForce(connection) + (readsRows ? self.orphans(connection) : []))
        }
        guard readsRows else { return result }
        result.indexes = try await indexFlaws()
        return result
    }

    private func missing(_ columns: [String: [String]], _ connection: any SQLConnection) throws -> [String] {
        var found: [String: Set<String>] = [:]
        for row in try connection.query(
            """
            SELECT table_name::text AS name, column_name::text AS column FROM information_schema.columns
            WHERE table_schema = current_schema()
            """)
        { found[try row.text("name"), default: []].insert(try row.text("column")) }
        return columns.sorted { $0.key < $1.key }.flatMap { table, columns in
            guard let present = found[table] else { return ["table \(table) is missing"] }
            return columns.filter { !present.contains($0) }.map { "column \(table).\($0) is missing" }
        }
    }

    private func notInForce(_ connection: any SQLConnection) throws -> [String] {
        try connection.query(
            """
            SELECT 'constraint ' || conname || ' of ' || conrelid::regclass || ' was not validated' AS flaw
            FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND NOT convalidated
            UNION ALL SELECT 'index ' || i.indexrelid::regclass || ' is not valid'
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE c.relnamespace = current_schema()::regnamespace AND NOT (i.indisvalid AND i.indisready)
            UNION ALL SELECT 'trigger ' || t.tgname || ' of ' || t.tgrelid::regclass || ' is disabled'
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE c.relnamespace = current_schema()::regnamespace AND t.tgenabled = 'D'
            ORDER BY 1
            """
        ).map { try $0.text("flaw") }
    }

    /// Foreign keys hold unless rows were written while triggers were disabled.
    private func orphans(_ connection: any SQLConnection) throws -> [String] {
        let references = try connection.query(
            """
            SELECT k.conname::text AS name, k.conrelid::regclass::text AS child, k.confrelid::regclass::text AS parent,
                string_agg(format('p.%I = c.%I', b.attname, a.attname), ' AND ') AS match,
                string_agg(format('c.%I IS NOT NULL', a.attname), ' AND ') AS present
            FROM pg_constraint k
                CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair (mine, theirs)
                JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.mine
                JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.theirs
            WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace
            GROUP BY k.oid, k.conname, k.conrelid, k.confrelid ORDER BY 1
            """)
        return try references.compactMap { reference in
            let (child, parent) = (try reference.text("child"), try reference.text("parent"))
            let count = try connection.query(
                """
                SELECT COUNT(*) AS count FROM \(child) c WHERE \(try reference.text("present"))
                    AND NOT EXISTS (SELECT 1 FROM \(parent) p WHERE \(try reference.text("match")))
                """)[0].integer("count")
            return count == 0 ? nil : "\(count) rows in \(child) without their parent in \(parent)"
        }
    }

    private func indexFlaws() async throws -> [String]? {
        let indexes: [String]? = try await read { connection in
            let schema = try connection.query(
                """
                SELECT n.nspname::text AS name FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                WHERE e.extname = 'amcheck'
                """
            ).first?.text("name")
            guard let schema else { return nil }
            let function = "\(PostgresSession.quoted(schema)).bt_index_check(regclass, boolean)"
            guard
                try connection.query("SELECT has_function_privilege($1, 'EXECUTE') AS may", [.text(function)])[0]
                    .bool("may")
            else { return nil }
            return try connection.query(
                """
                SELECT format('SELECT %I.bt_index_check(%L::regclass, true)', $1::text, i.indexrelid::regclass) AS check
                FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
                WHERE c.relnamespace = current_schema()::regnamespace AND m.amname = 'btree'
                    AND i.indisvalid ORDER BY 1
                """, [.text(schema)]
            ).map { try $0.text("check") }
        }
        guard let indexes else { return nil }
        var flaws: [String] = []
        for index in indexes {
            // A flaw is reported as an error, which ends its transaction.
            do { _ = try await read { try $0.query(index).count } } catch let error as SQLError {
                guard error.code == .corrupt || error.code == .other else { throw error }
                flaws.append(error.message)
            }
        }
        return flaws
    }
}
