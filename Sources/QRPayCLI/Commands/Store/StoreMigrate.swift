import CommandLineKit
import JSONKit
import Ordering
import PaymentCore
import Payments
import PostgresEngine
import SQLKit
import SQLiteEngine

enum StoreMigrate {
    private static let acceptKeys = Option(
        flag: "accept-keys", summary: "Make the key files of this host those of the store; other hosts need copies")
    private static let reopen = Option(
        flag: "reopen", summary: "Use a store again that was copied elsewhere; what was written there is not in it")

    private static let ordering = Option(
        flag: "ordering", summary: "The ordering system's schemas too, in the database of ordering.stores")

    static let command = Command(
        CommandSpec(
            path: ["store", "migrate"], summary: "Make the store, or bring it to the newest schema",
            discussion: """
                A store in a file is made and updated by every command. One on a server is used by many hosts, so only \
                this command changes its schema: run it once, before the hosts are updated. Migrations are applied one \
                by one, each completely or not at all; two of these commands take turns.

                A store on a server remembers the fingerprints of the keys that sign deeplinks and authenticate the \
                gateway, and refuses a host with others. To rotate a key, put a new one first in the file, before the \
                old one: the first host that starts with it makes it the store's, and the others need a copy of the \
                file. --accept-keys is for keys that were lost.
                """,
            options: [acceptKeys, reopen, ordering],
            examples: [
                ExampleSpec(
                    command: "qrpay store migrate --store postgres://qrpay@db.example/qrpay",
                    summary: "Prepare a database"),
                ExampleSpec(
                    command: "qrpay store migrate --reopen", summary: "Go back to a store that was copied elsewhere"),
            ],
            exitStatuses: [ExitStatusSpec(status: 6, meaning: "The store cannot be used")])
    ) { options, context in
        let configuration = try Configuration(options, environment: context.environment)
        let place = StorePlace(try configuration.path(\.storePath))
        let wasCurrent = try await isCurrent(place, configuration)
        let opened = try await open(place, configuration)
        do {
            context.did("the schema is current", look: "qrpay store info")
            if options[ordering] { try await migrateOrdering(configuration) }
            let shape = try await StoreToolbox.shape()
            let move = try await opened.database.read { try StoreMarks($0).move() }
            if let move, !options[reopen] { throw SQLError(code: .moved, message: "to \(move.place)") }
            if move != nil {
                try await opened.database.write { try StoreMarks($0).endMove(tables: shape.names) }
            }
            if options[acceptKeys] {
                try await StoreKeys(configuration, Store(opened.database), context.world).accept(configuration)
            }
            let result = MigrationOutput(
                place: opened.place, version: Schema.migrations.last?.version ?? 0, wasCurrent: wasCurrent,
                isReopened: move != nil, areKeysAccepted: options[acceptKeys])
            try context.show(result, asJSON: options.isJSON)
        } catch {
            await opened.database.close()
            throw error
        }
        await opened.database.close()
        return .done
    }

    /// Stores in a folder are created and updated by the commands that use them.
    private static func migrateOrdering(_ configuration: Configuration) async throws {
        let place = StorePlace(try configuration.path(\.ordering.storesPath))
        guard case .server = place else { return }
        try await OrderingPlace.migrate(place, configuration)
    }

    private static func isCurrent(_ place: StorePlace, _ configuration: Configuration) async throws -> Bool {
        do {
            let opened = try await StoreToolbox.openUnchanged(place, configuration)
            await opened.database.close()
            return true
        } catch let error as SQLError where error.code == .outdated {
            return false
        } catch let problem as Problem where problem.kind == .notFound {
            return false
        }
    }

    private static func open(_ place: StorePlace, _ configuration: Configuration) async throws -> OpenedStore {
        switch place {
        case .server:
            return OpenedStore(
                place: place, database: try await StoreOpening.server(place, configuration, migrates: true),
                isWritable: true)
        case .file(let path):
            var options = SQLiteOptions()
            options.createsDirectory = true
            return OpenedStore(
                place: place,
                database: try await SQLiteDatabase.open(
                    .file(path: path), migrations: Schema.migrations, options: options), isWritable: true)
        }
    }
}

/// The result of `store migrate`.
private struct MigrationOutput: Detailed {
    var place: StorePlace
    var version: Int
    var wasCurrent: Bool
    var isReopened: Bool
    var areKeysAccepted: Bool

    var json: JSONObject {
        [
            "store": place.shown, "schema_version": version, "migrated": !wasCurrent, "reopened": isReopened,
            "keys_accepted": areKeysAccepted,
        ]
    }

    var details: [(label: String, value: String?)] {
        [
            ("store", place.shown), ("schema", "version \(version), \(wasCurrent ? "was current" : "updated")"),
            ("reopened", isReopened ? "yes" : nil), ("keys", areKeysAccepted ? "those of this host" : nil),
        ]
    }
}
