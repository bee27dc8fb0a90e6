import CommandLineKit
import EncodingKit
import Glibc
import JSONKit
import PaymentCore
import Payments
import PostgresEngine
import SQLKit
import SQLiteEngine
import WorldKit

enum StoreInfo {
    static let command = Command(
        CommandSpec(
            path: ["store", "info"], summary: "Show where the store is, its schema, its size and its server",
            discussion: """
                Nothing is changed. Rows are counted, which takes a while for a large store. A store that was copied \
                elsewhere says where it is now.
                """,
            examples: [
                ExampleSpec(command: "qrpay store info", summary: "Show the store in use"),
                ExampleSpec(
                    command: "qrpay store info --json | jq '.tables[] | select(.rows > 100000)'",
                    summary: "Find large tables"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 3, meaning: "The store does not exist"),
                ExitStatusSpec(status: 6, meaning: "The store cannot be used"),
            ])
    ) { options, context in
        let output = try await StoreToolbox.withStore(options, context) { try await StoreInfoOutput($0) }
        try context.show(output, asJSON: options.isJSON)
        return .done
    }
}

/// A store as shown by `store info`.
private struct StoreInfoOutput: Detailed {
    private var place: StorePlace
    private var version: Int
    private var tables: [(name: String, rows: Int)]
    private var move: StoreMarks.Move?
    private var keys: [(name: KeyFingerprints.Name, fingerprints: [String])]
    private var server: PostgresServerState?
    /// The size of the file, or of the tables and their indexes.
    private var bytes: Int64?

    init(_ opened: OpenedStore) async throws {
        place = opened.place.absolute
        let names = try await StoreToolbox.shape().names.sorted()
        (version, tables, move, keys) = try await opened.database.read { connection in
            let version = try connection.query("SELECT MAX(version) AS version FROM schema_migrations")
            let tables = try names.map { name in
                (name, try connection.query("SELECT COUNT(*) AS count FROM \(name)")[0].number("count"))
            }
            let keys = KeyFingerprints(connection)
            return (
                Int(try version.first?.integer("version") ?? 0), tables, try StoreMarks(connection).move(),
                try KeyFingerprints.Name.allCases.map { ($0, try keys.kept($0)) }
            )
        }
        keys.removeAll { $0.fingerprints.isEmpty }
        server = try await opened.server?.state(of: names)
        if let server { bytes = server.tables.reduce(0) { $0 + $1.bytes } }
        if case .file(let path) = place {
            bytes = ["", "-wal"].reduce(0) { sum, suffix in
                var status = stat()
                return stat(path + suffix, &status) == 0 ? sum + Int64(status.st_size) : sum
            }
        }
    }

    private var engine: String { server == nil ? "sqlite" : "postgresql" }
    private var engineVersion: String { server?.serverVersionName ?? SQLiteDatabase.libraryVersion() }

    var json: JSONObject {
        [
            "store": place.shown, "engine": engine, "engine_version": engineVersion, "schema_version": version,
            "bytes": bytes, "moved_to": move?.place, "moved_at": move?.at.rfc3339,
            "tables": tables.map { table -> JSONObject in ["table": table.name, "rows": table.rows] },
            "keys": keys.map { key -> JSONObject in
                ["name": key.name.rawValue, "fingerprints": key.fingerprints]
            },
            "server": server.map(Self.json),
        ]
    }

    private static func json(_ server: PostgresServerState) -> JSONObject {
        [
            "version": server.serverVersionName, "libpq_version": server.libraryVersion,
            "database": server.database, "user": server.user, "schema": server.schema,
            "is_primary": server.isPrimary, "tls": server.encryption?.version,
            "verified_name": server.encryption?.verifiedName, "connections_used": server.connectionsUsed,
            "connection_limit": server.connectionLimit, "clock_offset_seconds": server.clockOffsetSeconds,
            "system_identifier": server.systemIdentifier,
        ]
    }

    var details: [(label: String, value: String?)] {
        var details: [(label: String, value: String?)] = [
            ("store", place.shown), ("engine", "\(server == nil ? "SQLite" : "PostgreSQL") \(engineVersion)"),
            ("schema", "version \(version)"), ("size", bytes.map { "\($0.description) bytes" }),
            ("moved to", move.map { "\($0.place), \($0.at.rfc3339)" }),
        ]
        if let server {
            details += [
                ("database", "\(server.database), schema \(server.schema), as \(server.user)"),
                ("primary", server.isPrimary ? "yes" : "no, it takes no writes"),
                ("encryption", server.encryption.map { $0.version } ?? (server.isSocket ? "none, a socket" : "none")),
                ("connections", "\(server.connectionsUsed) of \(server.connectionLimit)"),
            ]
        }
        details += keys.map { ($0.name.rawValue, $0.fingerprints.first) }
        return details + tables.filter { $0.rows > 0 }.map { ("\($0.name)", "\($0.rows.counted("row"))") }
    }
}
