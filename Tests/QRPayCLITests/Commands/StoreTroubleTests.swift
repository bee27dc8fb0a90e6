import Explorer
import FoundationEssentials
import Glibc
import PaymentSandbox
import Payments
import SQLKit
import TestSupport
import Testing

@testable import SQLiteEngine

/// Stores that cannot be used: exit status 6 and a code that says why.
@Suite struct StoreTroubleTests {
    private static let create = ["preorder", "create", "-"]

    @Test func `a store locked by another process`() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            let descriptor = open("\(stage.store)-lock", O_RDWR)
            try #require(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
            defer { close(descriptor) }
            try await stage.qrpay("order", "list").succeeded()
            let run = await stage.qrpay(Self.create, input: Stage.bill("b-2"))
            run.failed(6, "store_locked", "locked by another process")
            flock(descriptor, LOCK_UN)
            _ = try await stage.order(Stage.bill("b-2"))
        }
    }

    /// A program that does not use the lock file, such as `sqlite3`.
    @Test func `a store in a foreign transaction`() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            let foreign = try SQLiteConnection(stage.store, access: .readWrite, busyTimeoutSeconds: 0)
            try foreign.control("BEGIN EXCLUSIVE")
            let run = await stage.qrpay(Self.create, input: Stage.bill("b-2"))
            run.failed(6, "store_locked")
            try foreign.control("ROLLBACK")
            _ = try await stage.order(Stage.bill("b-2"))
        }
    }

    @Test func `a newer store`() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            try SQLiteConnection(stage.store, access: .readWrite, busyTimeoutSeconds: 1)
                .script("PRAGMA user_version = 999")
            await stage.expectFailure(["order", "list"], 6, "store_newer", "its schema is 999")
        }
    }

    @Test func `a damaged store`() async throws {
        try await Stage.run { stage async throws in
            for number in 1...20 { _ = try await stage.order(Stage.bill("b-\(number)")) }
            // Checkpoints the log into the main file.
            let database = try await SQLiteDatabase.open(.file(path: stage.store), migrations: Schema.migrations)
            await database.close()
            var bytes = try Data(contentsOf: URL(filePath: stage.store))
            bytes.replaceSubrange(4096..., with: repeatElement(0x55, count: bytes.count - 4096))
            try bytes.write(to: URL(filePath: stage.store))
            await stage.expectFailure(["order", "list"], 6, "store_corrupt", "the store is damaged")
            await stage.expectFailure(Self.create, 6, "store_corrupt", "the store is damaged", input: Stage.bill("new"))
        }
    }

    /// Even if the command does not need it: its next write may have no valid target.
    @Test func `a store without a table`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let connection = try SQLiteConnection(stage.store, access: .readWrite, busyTimeoutSeconds: 1)
            try connection.script("PRAGMA foreign_keys = OFF; DROP TABLE tasks; DROP TABLE receipts")
            connection.close()
            for command in [
                ["order", "list"], ["task", "list"], ["work", "--drain"],
                ["pay", id, "--uid", "u", "--method", "card-approve"],
            ] {
                await stage.expectFailure(command, 6, "store_incomplete", "table receipts and 1 more are missing")
            }
            #expect(try await stage.partners().invoices.isEmpty)
        }
    }

    @Test func `a store without a column`() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            let connection = try SQLiteConnection(stage.store, access: .readWrite, busyTimeoutSeconds: 1)
            try connection.script("ALTER TABLE orders DROP COLUMN payment_method_id")
            connection.close()
            await stage.expectFailure(
                ["order", "list"], 6, "store_incomplete", "column orders.payment_method_id is missing")
            await stage.expectFailure(
                Self.create, 6, "store_incomplete", "column orders.payment_method_id is missing", input: Stage.bill("b")
            )
        }
    }

    @Test func `files that are not stores`() async throws {
        try await Stage.run { stage async throws in
            let garbage = try stage.file("garbage.db", String(repeating: "garbage ", count: 1000))
            let other = try stage.file("other.db", "")
            try SQLiteConnection(other, access: .readWrite, busyTimeoutSeconds: 1)
                .script("CREATE TABLE other (x)")
            let cases = [
                (garbage, "store_not_a_database", "not a SQLite database"), (other, "store_not_a_database", "another"),
                (stage.directory.path, "store_cannot_open", "is a directory"),
                ("", "store_cannot_open", "not a path"),
                ("/dev/null", "store_cannot_open", "not a regular file"),
                (stage.directory.file("config.json/qrpay.db"), "store_cannot_open", "Not a directory"),
            ]
            for (path, code, phrase) in cases {
                await stage.expectFailure(["order", "list", "--store", path], 6, code, phrase)
            }
            #expect(try Data(contentsOf: URL(filePath: garbage)).count == 8000, "left alone")
        }
    }

    /// A command that reads, or changes what must already exist, treats a missing store as empty and does not create
    /// it, since its path may be mistyped.
    @Test(
        arguments: [
            (["order", "list"], 0), (["order", "show", "x"], 3), (["order", "history", "x"], 3),
            (["order", "status", "x"], 3), (["preorder", "show", "x", "--uid", "u"], 3), (["task", "list"], 0),
            (["task", "show", "1"], 3), (["receipt", "list"], 0), (["receipt", "show", "x"], 3),
            (["receipt", "link", "x"], 3), (["cashback", "audit"], 0), (["cashback", "show", "x"], 3),
            (["cashback", "rules"], 0), (["restaurant", "list"], 0), (["restaurant", "show", "x"], 3),
            (["pay", "x", "--uid", "u", "--method", "m"], 3), (["order", "refund", "x"], 3),
            (["order", "refund", "x", "--amount", "1", "--idempotency-key", "k"], 3), (["order", "cancel", "x"], 3),
            (["restaurant", "key", "x"], 3), (["restaurant", "key", "x", "--rotate", "--revoke"], 3),
            (["restaurant", "set", "x", "--name", "y"], 3), (["cashback", "rules", "end", "x"], 3),
            (["task", "requeue", "1"], 3), (["task", "requeue", "--undo", "x"], 3), (["task", "cancel", "1"], 3),
            (["task", "run", "1"], 3), (["task", "why", "1"], 3), (["task", "stats"], 0), (["task", "backfill"], 0),
            (["task", "resume", "receipt.fetch"], 4),
        ] as [([String], Int32)])
    func `a command that begins nothing creates no store`(_ command: [String], _ status: Int32) async throws {
        try await Stage.run { stage async throws in
            let folder = stage.directory.file("mistyped")
            let path = "\(folder)/qrpay.db"
            let run = await stage.qrpay(command + ["--store", path])
            #expect(run.status == status && run.stderr.contains("\(path): the store does not exist yet"), "\(run)")
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
    }

    @Test func `writing commands create the store`() async throws {
        try await Stage.run { stage async throws in
            let commands = [
                ["restaurant", "add", "cafe", "--name", "x"], ["work", "--drain"], ["cashback", "rules", "add", "5"],
            ]
            for (number, command) in commands.enumerated() {
                let path = stage.directory.file("\(number)/qrpay.db")
                try await stage.qrpay(command + ["--store", path]).succeeded()
                #expect(FileManager.default.fileExists(atPath: path))
            }
        }
    }

    @Test func `files are readable by their owner only`() async throws {
        try await Stage.run { stage async throws in
            let folder = stage.directory.file("new")
            try await stage.qrpay("restaurant", "add", "cafe", "--name", "x", "--store", "\(folder)/qrpay.db")
                .succeeded()
            for (name, mode) in [("", 0o700), ("/qrpay.db", 0o600), ("/deeplink-keys.json", 0o600)]
                as [(String, mode_t)]
            {
                var status = stat()
                #expect(stat(folder + name, &status) == 0 && status.st_mode & 0o777 == mode, "\(folder)\(name)")
            }
        }
    }
}
