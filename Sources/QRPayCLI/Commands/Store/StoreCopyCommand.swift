import CommandLineKit
import EncodingKit
import FoundationEssentials
import JSONKit
import PaymentCore
import Payments
import SQLKit
import Synchronization
import WorldKit

enum StoreCopyCommand {
    private static let from = Option(
        required: "from", "STORE", .file, summary: "The store to copy: a file or \(StorePlace.form)")
    private static let to = Option(
        required: "to", "STORE", .file, summary: "An empty store, or none yet; made or brought to the newest schema")

    static let command = Command(
        CommandSpec(
            path: ["store", "copy"], summary: "Move the store between a file and a server",
            discussion: """
                Copies every row in one transaction, while the source takes no writes, compares counts and digests of \
                all tables, and then marks the source as moved: every later command on it is refused with \
                store_moved, and so is every write of a process that still has it open. Stop 'qrpay serve' and \
                'qrpay work' before, and start them on the new store.

                It can be stopped or killed at any time: the target is then empty or complete, and the source is \
                marked \
                or not; the same command again finishes. 'qrpay store migrate --reopen' takes a moved store back into \
                use as it was. Key files are not copied: name the ones beside the file (deeplink_keys_file, \
                gateway_key_file) for a store on a server.
                """,
            options: [from, to],
            examples: [
                ExampleSpec(
                    command: "qrpay store copy --from qrpay.db --to postgres://qrpay@db.example/qrpay",
                    summary: "From a file to a server"),
                ExampleSpec(
                    command: "qrpay store copy --from postgres://qrpay@db.example/qrpay --to qrpay.db",
                    summary: "And back, into a new file"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 3, meaning: "The source does not exist"),
                ExitStatusSpec(status: 4, meaning: "The target holds other rows"),
                ExitStatusSpec(status: 6, meaning: "A store cannot be used, or the source was moved elsewhere"),
            ])
    ) { options, context in
        let configuration = try Configuration(options, environment: context.environment)
        let source = try StoreToolbox.place(options[from], option: from.label)
        let target = try StoreToolbox.place(options[to], option: to.label)
        guard !source.isSame(as: target) else {
            throw Problem(.invalid, "usage", "\(from.label) and \(to.label) name the same store")
        }
        let (result, signal) = await context.untilStopped {
            try await run(from: source, to: target, configuration, context)
        }
        if let signal { return ExitStatus(signal: signal) }
        let output = try result.get()
        context.did("the store was copied to \(output.target.shown)", look: "qrpay store info")
        try context.show(output, asJSON: options.isJSON)
        return .done
    }

    private static func run(
        from source: StorePlace, to target: StorePlace, _ configuration: Configuration, _ context: Context
    ) async throws -> CopyOutput {
        let from = try await StoreToolbox.openForCopy(source, configuration, isMade: false)
        do {
            if let move = try await from.database.read({ try StoreMarks($0).move() }) {
                guard move.place == target.absolute.shown else {
                    throw SQLError(code: .moved, message: "to \(move.place)")
                }
                await from.database.close()
                return CopyOutput(source: source, target: target, result: nil)
            }
            let to = try await StoreToolbox.openForCopy(target, configuration, isMade: true)
            do {
                let output = try await copy(from, to, context)
                await to.database.close()
                await from.database.close()
                return output
            } catch {
                await to.database.close()
                throw error
            }
        } catch {
            await from.database.close()
            throw error
        }
    }

    private static func copy(_ from: OpenedStore, _ to: OpenedStore, _ context: Context) async throws -> CopyOutput {
        if let move = try await to.database.read({ try StoreMarks($0).move() }) {
            throw Problem(
                .store, "store_moved", "\(to.place.shown): this store was moved to \(move.place)",
                hint: "name another target; 'qrpay store migrate --reopen' takes this one back into use")
        }
        let shape = try await StoreToolbox.shape()
        let reached = Mutex("")
        let copy = StoreCopy(from: from.database, to: to.database, shape) { table, rows in
            reached.withLock { $0 = "\(table): \(rows.counted("row"))" }
        }
        let (place, now) = (to.place.absolute, context.world.now())
        do {
            let result = try await ProgressLine(context).show {
                reached.withLock { $0 }
            } during: {
                try await copy.run(to: place.shown, at: now)
            }
            return CopyOutput(source: from.place, target: to.place, result: result)
        } catch let error as StoreCopy.NotEmpty {
            throw Problem(
                .conflict, "store_not_empty",
                "\(place.shown): the target is not empty: table \(error.table) has \(error.rows.counted("row")) that "
                    + "are not those of the source",
                hint: "name an empty database, another store.schema, or a new file")
        } catch let error as StoreCopy.Differs {
            throw Problem(
                .store, "store_copy_differs",
                "table \(error.table) of the copy differs from the source; nothing was kept of it",
                hint: "'qrpay store check --store \(from.place.shown)' looks for damaged values")
        }
    }
}

extension StorePlace {
    /// The same place as an absolute path, independent of the working directory.
    var absolute: StorePlace {
        guard case .file(let path) = self else { return self }
        return .file(LocalFile.realPath(path) ?? URL(filePath: path).standardized.path)
    }

    fileprivate func isSame(as other: StorePlace) -> Bool { absolute.shown == other.absolute.shown }
}

/// The result of `store copy`.
private struct CopyOutput: Detailed {
    var source: StorePlace
    var target: StorePlace
    /// Nil when an earlier run had already finished.
    var result: StoreCopy.Result?

    var json: JSONObject {
        [
            "from": source.absolute.shown, "to": target.absolute.shown,
            "already_copied": result?.wasThere ?? true,
            "rows": result.map { $0.digests.reduce(0) { $0 + $1.digest.rows } },
            "tables": result?.digests.map { table -> JSONObject in
                [
                    "table": table.name, "rows": table.digest.rows,
                    "digest": String(table.digest.sum, radix: 16),
                ]
            },
        ]
    }

    var details: [(label: String, value: String?)] {
        let rows = result.map { $0.digests.reduce(0) { $0 + $1.digest.rows } }
        return [
            ("from", source.absolute.shown), ("to", target.absolute.shown),
            (
                "copied",
                rows.map { "\($0.counted("row")), compared\(result?.wasThere == true ? "; they were there" : "")" }
            ),
            ("already copied", result == nil ? "yes" : nil),
        ]
    }
}
