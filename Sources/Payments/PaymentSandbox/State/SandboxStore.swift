import SQLKit
import SQLiteEngine

/// Stores the models' records in a database file.
struct SandboxStore: Sendable {
    private let database: SQLiteDatabase

    private static let migrations = [
        SQLMigration(
            version: 1, name: "records",
            sql: """
                CREATE TABLE sandbox_record (
                    kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, id)
                )
                """)
    ]

    /// - Throws: ``SQLError``.
    init(path: String) async throws {
        var options = SQLiteOptions()
        options.createsDirectory = true
        database = try await SQLiteDatabase.open(.file(path: path), migrations: Self.migrations, options: options)
    }

    func rows() async throws -> [PartnerModels.Row] {
        try await database.read { connection in
            try connection.query("SELECT kind, id, body FROM sandbox_record").map { row in
                let kind = try row.text("kind")
                guard let known = PartnerModels.Row.Kind(rawValue: kind) else {
                    throw row.damage("kind", "holds an unknown value")
                }
                return PartnerModels.Row(kind: known, id: try row.text("id"), body: try row.blob("body"))
            }
        }
    }

    /// When it returns, the rows are durable.
    func keep(_ rows: [PartnerModels.Row]) async throws {
        try await database.write { connection in
            for row in rows {
                if let body = row.body {
                    try connection.execute(
                        """
                        INSERT INTO sandbox_record (kind, id, body) VALUES ($1, $2, $3)
                        ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body
                        """, [.text(row.kind.rawValue), .text(row.id), .blob(body)])
                } else {
                    try connection.execute(
                        "DELETE FROM sandbox_record WHERE kind = $1 AND id = $2",
                        [.text(row.kind.rawValue), .text(row.id)])
                }
            }
        }
    }

    func close() async { await database.close() }
}
