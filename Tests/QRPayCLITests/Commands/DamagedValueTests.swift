import Explorer
import FoundationEssentials
import Glibc
import JSONKit
import PaymentCore
import Payments
import SQLKit
import TestSupport
import Testing

@testable import SQLiteEngine

/// Invalid values in a store: an error, never a crash.
@Suite(.serialized) struct DamagedValueTests {
    /// Values that a column can hold.
    private static let values: [(name: String, value: SQLValue)] = [
        ("the smallest integer", .integer(Int64.min)), ("the largest integer", .integer(Int64.max)),
        ("minus one", .integer(-1)), ("zero", .integer(0)), ("the year 0", .integer(-62_135_596_800_000_001)),
        ("the year 10000", .integer(253_402_300_800_000_000)), ("a huge number", .real(1e300)),
        ("infinity", .real(.infinity)), ("a long text", .text(String(repeating: "9", count: 70_000))),
        ("no text", .text("")), ("another word", .text("no-such-word")), ("nothing", .null),
        ("bytes", .blob([0, 0xFF, 0xFE])), ("another object", .text(#"{"operation":"9223372036854775807","a":1}"#)),
        (
            "extreme lines",
            .text(
                #"[{"name":"x","amount":-9223372036854775808,"number":9223372036854775807,"#
                    + #""quantity":-9223372036854775808}]"#
            )
        ),
    ]

    /// A store with rows in every table, and their ids.
    private struct Shop: Sendable {
        var paid: String
        var open: String
        var document: String
        var task: String

        init(on stage: Stage) async throws {
            try await stage.addRestaurant()
            try await stage.qrpay("restaurant", "key", "cafe").succeeded()
            try await stage.qrpay("cashback", "rules", "add", "5", "--cap", "300", "--minimum-bill", "1").succeeded()
            paid = try await stage.paidOrder(Stage.bill("b-1"))
            try await stage.qrpay("order", "refund", paid, "--line", "1:20", "--idempotency-key", "k").succeeded()
            open = try await stage.order(Stage.bill("b-2"))
            try await stage.qrpay("work", "--drain", "--horizon", "5s").succeeded()
            let receipts = try await stage.qrpay("receipt", "list", "--json").succeeded().json().elements
            document = try #require(receipts.first?["document_id"].text)
            let tasks = try await stage.qrpay("task", "list", "--json").succeeded().json().elements
            task = try #require(tasks.first { $0["state"] != "done" }?["task_id"].text)
            try await stage.qrpay("task", "requeue", task, "--reason", "r").succeeded()
            try await stage.qrpay("task", "pause", "receipt.fetch", "--reason", "r").succeeded()
            try await stage.qrpay("preorder", "show", open, "--uid", "u").succeeded()
        }

        /// Every command that reads something.
        var commands: [[String]] {
            [
                ["order", "list"], ["order", "show", paid], ["order", "show", paid, "--explain", "--json"],
                ["order", "history", paid], ["order", "status", paid], ["preorder", "show", open, "--uid", "u"],
                ["task", "list"], ["task", "show", task], ["task", "why", task], ["task", "stats"],
                ["task", "schedule", task], ["task", "requeue", task], ["task", "requeue", "--attempts", "1"],
                ["task", "backfill"], ["receipt", "list"], ["receipt", "show", document], ["cashback", "audit"],
                ["cashback", "show", paid], ["cashback", "rules"], ["restaurant", "list"],
                ["restaurant", "show", "cafe"], ["work", "--drain", "--horizon", "0s"],
                ["pay", open, "--uid", "u", "--method", "card-approve", "--timeout", "1s"],
                ["order", "refund", paid, "--line", "1", "--timeout", "1s"],
            ]
        }
    }

    private static func connection(_ path: String) throws -> SQLiteConnection {
        let connection = try SQLiteConnection(path, access: .readWrite, busyTimeoutSeconds: 1)
        try connection.script("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF")
        return connection
    }

    /// Every column with every third value, each with its own command.
    @Test(arguments: values.indices)
    func `no value of any column ends the program`(_ number: Int) async throws {
        try await Stage.run { stage async throws in
            let shop = try await Shop(on: stage)
            let commands = shop.commands
            let database = try await SQLiteDatabase.open(.file(path: stage.store), migrations: Schema.migrations)
            await database.close()
            let whole = try Data(contentsOf: URL(filePath: stage.store))
            let columns = try Self.connection(stage.store).query(
                """
                SELECT m.name AS tbl, c.name AS col FROM sqlite_schema m, pragma_table_info(m.name) c
                WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid
                """
            ).map { (table: try $0.text("tbl"), column: try $0.text("col")) }
            #expect(columns.count > 100)
            let value = Self.values[number]
            for (place, (table, column)) in columns.enumerated() where place % 3 == number % 3 {
                // Each value is tried in the next column.
                let command = commands[(place / 3 * 7 + number) % commands.count]
                let path = stage.directory.file("damaged.db")
                for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + ending) }
                try whole.write(to: URL(filePath: path))
                let connection = try Self.connection(path)
                // NOT NULL prevents some.
                _ = try? connection.execute("UPDATE OR IGNORE \(table) SET \(column) = $1", [value.value])
                connection.close()
                let run = await stage.qrpay(command + ["--store", path])
                #expect((0...9).contains(run.status), "\(table).\(column) is \(value.name)\n\(run)")
                #expect(run.status == 6 || !run.stderr.contains("qrpay: the store holds"), "\(run)")
            }
        }
    }

    /// The sandbox's state is JSON; its numbers are not trusted either.
    @Test(
        arguments: [
            ("eda_document", #""pushed_at":-?[0-9]+"#, #""pushed_at":-9223372036854775808"#),
            ("eda_document", #""pushed_at":-?[0-9]+"#, #""pushed_at":9223372036854775807"#),
            ("eda_document", #"^\{"#, "["), ("invoice", #""number":1"#, #""number":9223372036854775807"#),
            ("invoice", #""number":1"#, #""number":-1"#), ("invoice", #""amount":[0-9]+"#, #""amount":1e300"#),
            ("invoice", #""kind":"hold""#, #""kind":"theft""#),
        ])
    func `a sandbox names the column of an impossible value`(kind: String, pattern: String, replacement: String)
        async throws
    {
        try await Self.onKeptSandbox { path, arguments, stage async throws in
            try Self.change(path, kind, pattern, replacement)
            await stage.qrpay(arguments).failed(6, "store_damaged", "sandbox_record.body")
        }
    }

    /// Amounts are only compared, so that a sandbox with extreme ones still answers.
    @Test(arguments: ["9223372036854775807", "-9223372036854775808", "0", "-1"])
    func `a sandbox with impossible amounts answers`(amount: String) async throws {
        try await Self.onKeptSandbox { path, arguments, stage async throws in
            try Self.change(path, "invoice", #""amount":-?[0-9]+"#, #""amount":\#(amount)"#)
            let sandbox = try stage.start(arguments)
            #expect(await sandbox.hasPrinted("\n"))
            let partners = ["--partners", "http://127.0.0.1:\(try GoldenFile(arguments[4]).text().dropLast())"]
            let id = try #require(
                try await stage.qrpay("order", "list", "--json").succeeded().json().elements.first?["order_id"].text)
            for words in [["sandbox", "state"], ["order", "show", id, "--explain"], ["order", "refund", id]] {
                let run = await stage.qrpay(words + partners)
                #expect((0...9).contains(run.status), "\(run)")
            }
            sandbox.send(SIGTERM)
            #expect(await sandbox.exit().status == 0)
        }
    }

    /// Runs `body` with the state file of a stopped sandbox that has a payment, and a function that restarts it.
    private static func onKeptSandbox(_ body: (String, [String], Stage) async throws -> Void) async throws {
        try await Stage.run { stage async throws in
            let path = stage.directory.file("sandbox.db")
            let port = stage.directory.file("port")
            let arguments = ["sandbox", "--listen", "127.0.0.1:0", "--port-file", port, "--state", path]
            let sandbox = try stage.start(arguments)
            #expect(await sandbox.hasPrinted("\n"))
            let partners = ["--partners", "http://127.0.0.1:\(try GoldenFile(port).text().dropLast())"]
            let id = try await stage.order()
            try await stage.qrpay(["pay", id, "--uid", "u", "--method", "card-approve"] + partners).succeeded()
            try await stage.qrpay(["work", "--drain"] + partners).succeeded()
            sandbox.send(SIGTERM)
            #expect(await sandbox.exit().status == 0)
            try await body(path, arguments, stage)
        }
    }

    /// Changes the bodies of a kind of record.
    private static func change(_ path: String, _ kind: String, _ pattern: String, _ replacement: String) throws {
        let connection = try Self.connection(path)
        let expression = try Regex(pattern)
        var changed = 0
        for row in try connection.query("SELECT id, body FROM sandbox_record WHERE kind = $1", [.text(kind)]) {
            let body = String(decoding: try row.blob("body"), as: UTF8.self)
            let other = body.replacing(expression, with: replacement)
            if other != body { changed += 1 }
            try connection.execute(
                "UPDATE sandbox_record SET body = $3 WHERE kind = $1 AND id = $2",
                [.text(kind), .text(try row.text("id")), .blob(Array(other.utf8))])
        }
        connection.close()
        try #require(changed > 0, "no \(kind) holds \(pattern)")
    }

    /// The signed content of a deeplink.
    @Test(arguments: ["", "a:b", "..", "ресторан", String(repeating: "9", count: 65)])
    func `an id that is none is named, whatever reads it`(id: String) async throws {
        try await Stage.run { stage async throws in
            let order = try await stage.order()
            let connection = try Self.connection(stage.store)
            try connection.execute("UPDATE orders SET client_id = $1", [.text(id)])
            connection.close()
            for command in [["order", "show", order], ["order", "list"], ["preorder", "show", order, "--uid", "u"]] {
                await stage.qrpay(command).failed(6, "store_damaged", "orders.client_id holds an unknown value")
            }
        }
    }

    /// The message names the table and the column, whatever reads them.
    @Test(
        arguments: [
            ("tasks", "due_at", ["task", "list"]), ("tasks", "attempts", ["task", "list"]),
            ("tasks", "fence", ["work", "--drain"]), ("tasks", "due_at", ["work", "--drain"]),
            ("tasks", "created_at", ["task", "stats"]), ("orders", "created_at", ["order", "list"]),
            ("orders", "taken", ["order", "list"]), ("orders", "bill_version", ["order", "list"]),
            ("orders", "expires_at", ["order", "list"]), ("journal", "at", ["order", "history", "ORDER"]),
            ("operations", "amount", ["order", "show", "ORDER", "--explain"]),
            ("receipts", "created_at", ["receipt", "list"]), ("receipts", "cost", ["receipt", "list"]),
            ("cashback_entries", "amount", ["cashback", "show", "ORDER"]),
            ("cashback_entries", "number", ["cashback", "show", "ORDER"]),
            ("cashback_rules", "valid_from", ["cashback", "rules"]), ("cashback_rules", "cap", ["cashback", "rules"]),
            ("restaurants", "created_at", ["restaurant", "list"]),
            ("restaurant_keys", "number", ["restaurant", "show", "cafe"]),
            ("task_pauses", "paused_at", ["task", "stats"]),
        ])
    func `an impossible value is named by table and column`(table: String, column: String, command: [String])
        async throws
    {
        try await Stage.run { stage async throws in
            let shop = try await Shop(on: stage)
            let connection = try Self.connection(stage.store)
            try connection.execute("UPDATE OR IGNORE \(table) SET \(column) = $1", [.integer(Int64.min)])
            connection.close()
            let words = command.map { $0 == "ORDER" ? shop.paid : $0 }
            let run = await stage.qrpay(words + ["--json"])
            #expect(run.status == 6 && run.stderr.contains("store_damaged"), "\(run)")
            let named = run.stderr.split(whereSeparator: { " \"".contains($0) }).first { $0.hasPrefix("\(table).") }
            #expect(named != nil, "\(table).\(column)\n\(run)")
        }
    }
}
