import CommandLineKit
import EncodingKit
import PaymentCore
import Payments
import PostgresEngine
import SQLKit
import SQLiteEngine

enum StoreCheck {
    static let command = Command(
        CommandSpec(
            path: ["store", "check"], summary: "Read the whole store, and check it and its payments",
            discussion: """
                A file is checked for damage and for rows without the rows that they refer to. On a server, \
                constraints and indexes must be in force, every reference is followed, and with the extension amcheck \
                indexes are compared with their tables. On both, every invariant of payments that the store alone \
                decides must hold for all orders, which are held in memory. Nothing is changed.
                """,
            examples: [
                ExampleSpec(command: "qrpay store check", summary: "Check the store in use"),
                ExampleSpec(
                    command: "qrpay store check --json | jq '.[] | select(.verdict == \"failed\")'",
                    summary: "Show only what was found"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "Something was found"),
                ExitStatusSpec(status: 3, meaning: "The store does not exist"),
                ExitStatusSpec(status: 6, meaning: "The store cannot be used"),
            ])
    ) { options, context in
        let findings = try await StoreToolbox.withStore(options, context) { opened in
            let engine =
                if let file = opened.database as? SQLiteDatabase {
                    try await fileFindings(file)
                } else if let server = opened.server {
                    try await serverFindings(server)
                } else {
                    [DoctorFinding]()
                }
            return engine + (try await invariants(opened.database, context))
        }
        if context.terminal.isTerminal, !options.isJSON {
            for finding in findings { try context.output.write(finding.lines(context.terminal.style)) }
        } else {
            try context.show(findings, asJSON: options.isJSON, ifEmpty: "")
        }
        return findings.contains { $0.verdict == .failed } ? .negative : .done
    }

    private static func fileFindings(_ database: SQLiteDatabase) async throws -> [DoctorFinding] {
        let damage = try await database.integrityCheck()
        // The triggers with which a moved store refuses writes are not part of the schema.
        let isMoved = try await database.read { try StoreMarks($0).move() } != nil
        let defects = try await database.schemaDefects().filter { !isMoved || !$0.hasPrefix("trigger store_moved_") }
        return list("integrity", damage, ok: "the whole file was read and is intact", restoring)
            + list("schema", defects, ok: "complete", restoring)
    }

    private static func serverFindings(_ database: PostgresDatabase) async throws -> [DoctorFinding] {
        let tables = try await StoreToolbox.shape().tables
        let found = try await database.integrityCheck(
            Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0.columns) }))
        let indexes =
            found.indexes.map { list("indexes", $0, ok: "compared with their tables", "REINDEX the database") }
            ?? [.ok("indexes", "not compared: this needs the extension amcheck, and the right to use it")]
        return list("schema", found.schema, ok: "complete", restoring)
            + list("constraints", found.constraints, ok: "in force, and every reference was followed", restoring)
            + indexes
    }

    private static let restoring = "keep the file, and restore a backup"

    /// One finding for each flaw, or a single one without a flaw.
    static func list(_ check: String, _ flaws: [String], ok: String, _ advice: String) -> [DoctorFinding] {
        flaws.isEmpty ? [.ok(check, ok)] : flaws.map { .failed(check, $0, advice) }
    }

    private static func invariants(
        _ database: any SQLDatabase, _ context: Context
    ) async throws -> [DoctorFinding] {
        let services = try Wiring.idleServices(context, Store(database))
        let orders: [OrderSnapshot]
        do { orders = try await SnapshotReader(services).ours() } catch let error as SQLError {
            guard error.code == .decoding else { throw error }
            return [.failed("invariants", error.message, "keep the store and restore a backup, or correct that value")]
        }
        let broken = PaymentInvariants.broken(
            in: PaymentSnapshot(orders: orders, partners: nil), isQuiet: false, checking: PaymentInvariant.ofOurSide)
        return list(
            "invariants", broken.map(\.description), ok: "they hold for \(orders.count.counted("order"))",
            "'qrpay order show ORDER --explain' shows the order")
    }
}
