import CommandLineKit
import Explorer
import FoundationEssentials
import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QRPayCLI
import SQLKit
import TestSupport
import Testing
import WorldKit

@testable import SQLiteEngine

/// `doctor`, with one thing wrong at a time.
@Suite struct DoctorTests {
    /// The finding of a check.
    private static func finding(_ run: CommandRun, _ check: String) throws -> JSON {
        try #require(try run.json().elements.first { $0["check"] == .string(check) }, "no \(check)\n\(run)")
    }

    /// Expects one check to have found something, and the exit status.
    private static func expect(
        _ run: CommandRun, _ check: String, _ verdict: String, _ phrase: String, advice: String = "", status: Int32,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let finding = try finding(run, check)
        #expect(
            finding["verdict"] == .string(verdict) && finding["message"].text?.contains(phrase) == true,
            "\(finding)", sourceLocation: sourceLocation)
        #expect((finding["advice"].text ?? "").contains(advice), "\(finding)", sourceLocation: sourceLocation)
        #expect(run.status == status, "\(run)", sourceLocation: sourceLocation)
        for other in try run.json().elements {
            #expect((other["verdict"] == "ok") == (other["advice"] == nil), "\(other)", sourceLocation: sourceLocation)
        }
    }

    @Test func `all checks are ok`() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            let run = try await stage.doctor().succeeded()
            let checks = try run.json().elements
            #expect(checks.allSatisfy { $0["verdict"] == "ok" }, "\(run)")
            #expect(checks.allSatisfy { Set($0.members.keys) == ["check", "verdict", "message", "advice"] })
            #expect(
                checks.compactMap { $0["check"].text } == [
                    "configuration", "clock", "sqlite", "store", "schema", "integrity", "writer lock", "deeplink keys",
                    "gateway key", "eda", "transactions", "cardstorage", "cashback", "check", "s3", "libcurl",
                    "cairo, pango", "libqrencode", "libcrypto", "fonts",
                ])
            let rows = try await stage.doctor([]).succeeded().rows
            #expect(rows.count == checks.count && rows.allSatisfy { $0.count == 4 && $0[0] == "ok" })
        }
    }

    @Test func `a missing store is not created`() async throws {
        try await Stage.run { stage async throws in
            let run = await stage.doctor()
            try Self.expect(run, "store", "ok", "does not exist yet", status: 0)
            try Self.expect(run, "deeplink keys", "ok", "does not exist yet", status: 0)
            let files = try FileManager.default.contentsOfDirectory(atPath: stage.directory.path)
            #expect(files == ["config.json"])
            let below = stage.directory.file("config.json")
            let nowhere = await stage.doctor(["--json", "--store", "\(below)/x/qrpay.db"])
            try Self.expect(
                nowhere, "store", "failed", "\(below) is not a writable directory", advice: "--store", status: 6)
        }
    }

    @Test func `stores that cannot be used`() async throws {
        try await Stage.run { stage async throws in
            let garbage = try stage.file("garbage.db", String(repeating: "garbage ", count: 1000))
            let run = await stage.doctor(["--json", "--store", garbage])
            try Self.expect(run, "store", "failed", "not a SQLite database", status: 6)

            let newer = stage.directory.file("newer.db")
            try await Self.makeStore(
                newer, Schema.migrations + [SQLMigration(version: 9_999, name: "x", sql: "CREATE TABLE x (y)")])
            try Self.expect(
                await stage.doctor(["--json", "--store", newer]), "store", "failed", "newer qrpay",
                advice: "update qrpay", status: 6)

            let older = stage.directory.file("older.db")
            try await Self.makeStore(older, [])
            try Self.expect(
                await stage.doctor(["--json", "--store", older]), "store", "warning", "schema is outdated",
                advice: "qrpay work", status: 0)
        }
    }

    private static func makeStore(_ path: String, _ migrations: [SQLMigration]) async throws {
        try await SQLiteDatabase.open(.file(path: path), migrations: migrations).close()
    }

    @Test(
        arguments: [
            ("DROP TABLE tasks", "table tasks is missing"),
            ("DROP INDEX tasks_leased; DROP INDEX orders_by_age", "index orders_by_age is missing; index tasks_leased"),
            ("ALTER TABLE orders DROP COLUMN uid", "column orders.uid is missing"),
            (
                "CREATE TRIGGER own AFTER INSERT ON journal BEGIN DELETE FROM journal; END",
                "trigger own is not part of the schema"
            ),
        ])
    func `a store that lacks a part of its schema is not sound`(change: String, message: String) async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            let connection = try SQLiteConnection(stage.store, access: .readWrite, busyTimeoutSeconds: 1)
            try connection.script("PRAGMA foreign_keys = OFF; \(change)")
            connection.close()
            let run = await stage.doctor()
            try Self.expect(run, "schema", "failed", message, advice: "backup", status: 6)
        }
    }

    @Test func `a damaged store`() async throws {
        try await Stage.run { stage async throws in
            for number in 0..<40 { _ = try await stage.order(Stage.bill("bill-\(number)")) }
            // Only the content of the main file is damaged below.
            let database = try await SQLiteDatabase.open(.file(path: stage.store), migrations: Schema.migrations)
            await database.close()
            var bytes = try Data(contentsOf: URL(filePath: stage.store))
            try #require(bytes.count > 60_000, "the log was not moved into the file")
            // Pages of orders; earlier pages hold the schema.
            bytes.replaceSubrange((bytes.count - 16_384)..., with: Data(repeating: 0xA5, count: 16_384))
            try bytes.write(to: URL(filePath: stage.store))
            let run = await stage.doctor()
            try Self.expect(run, "integrity", "failed", "", advice: "backup", status: 6)
        }
    }

    @Test func `secrets that others can read`() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            let keys = stage.directory.file("deeplink-keys.json")
            let text = try String(contentsOf: URL(filePath: keys), encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: keys)
            let run = await stage.doctor()
            try Self.expect(run, "deeplink keys", "failed", "mode 0644", advice: "chmod 600 '\(keys)'", status: 1)
            let secret = try #require(try JSON(text)["keys"][0]["secret"].text)
            #expect(!run.stdout.contains(secret))

            let gateway = try stage.file("gateway-key", "s3cr3t")
            let open = await stage.doctor()
            try Self.expect(open, "gateway key", "failed", "must hold one or two keys", status: 1)
            #expect(!open.stdout.contains("s3cr3t"))
            _ = try stage.file("gateway-key", String(repeating: "k", count: 32))
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: gateway)
            try Self.expect(await stage.doctor(), "gateway key", "failed", "mode 0640", status: 1)

            let bad = try stage.file("bad-keys.json", "{}")
            try Self.expect(
                await stage.doctor(environment: ["QRPAY_DEEPLINK_KEYS_FILE": bad]),
                "deeplink keys", "failed", "must hold one or two keys", status: 1)
        }
    }

    @Test func `a configuration that cannot be read`() async throws {
        try await Stage.run(config: #"{"stroe": 1}"#) { stage async throws in
            let run = await stage.doctor()
            try Self.expect(run, "configuration", "failed", "stroe: unknown setting", status: 1)
            #expect(try Self.finding(run, "libcurl")["verdict"] == "ok", "the rest is checked all the same")
            #expect(try run.json().elements.allSatisfy { $0["check"] != "store" })
        }
    }

    @Test func `unreachable partners`() async throws {
        try await Stage.run { stage async throws in
            let run = await stage.doctor(["--json", "--partners", "http://127.0.0.1:1"])
            for partner in Partner.allCases {
                try Self.expect(
                    run, partner.rawValue, "warning", "cannot be reached", advice: "qrpay sandbox", status: 0)
            }
            let wrong = await stage.doctor(["--json", "--partners", "ftp://x"])
            try Self.expect(
                wrong, "configuration", "failed", "--partners: must begin with http:// or https://",
                advice: "correct it", status: 1)
        }
    }

    @Test func `a partner that takes too long`() async throws {
        try await Stage.run { stage async throws in
            let run = await stage.doctor(adjust: { $0.makeTransport = { Silent() } })
            for partner in Partner.allCases where partner != .s3 {
                try Self.expect(
                    run, partner.rawValue, "warning", "did not answer within 2.0 s", advice: "network", status: 0)
            }
            try Self.expect(run, "s3", "warning", "", advice: "network", status: 0)
        }
    }

    /// Every request times out, at once.
    private struct Silent: HTTPTransport {
        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            throw HTTPTransportError(code: .timedOut, place: request.url, message: "no answer")
        }
    }

    @Test func `partners that misbehave`() async throws {
        try await Stage.run { stage async throws in
            try await stage.inject(FaultRule(partner: .eda, kind: .status, status: 502))
            try await stage.inject(FaultRule(partner: .check, kind: .reset))
            try await stage.inject(FaultRule(partner: .cashback, kind: .garbage))
            try await stage.inject(FaultRule(partner: .s3, kind: .status))
            let run = await stage.doctor()
            try Self.expect(run, "eda", "warning", "answered 502", status: 0)
            try Self.expect(run, "check", "warning", "closed the connection", status: 0)
            try Self.expect(run, "cashback", "ok", "/cashback", status: 0)
            try Self.expect(run, "s3", "warning", "answered 503", status: 0)
        }
    }

    @Test func `a bucket that refuses us`() async throws {
        try await Stage.run { stage async throws in
            let secret = try stage.file("secret", "wrong")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret)
            func config(_ bucket: String, _ key: String) throws -> [String] {
                let text = #"{"bucket": "\#(bucket)"\#(key)}"#
                return ["--config", try stage.file("s3.json", #"{"partners": {"s3": \#(text)}}"#)]
            }
            let wrong = #", "access_key_id": "sandbox", "secret_access_key_file": "\#(secret)""#
            let refused = await stage.doctor(["--json"] + (try config("receipts", wrong)))
            try Self.expect(refused, "s3", "failed", "SignatureDoesNotMatch", advice: "partners.s3", status: 1)
            try Self.expect(refused, "s3 secret", "ok", secret, status: 1)
            let absent = await stage.doctor(["--json"] + (try config("others", "")))
            try Self.expect(absent, "s3", "failed", "NoSuchBucket", status: 1)
            let half = await stage.doctor(
                ["--json"] + (try config("receipts", #", "access_key_id": "sandbox""#)))
            try Self.expect(half, "s3", "failed", "lacks secret_access_key_file", advice: "credentials", status: 1)
        }
    }

    @Test func `a clock that is wrong`() async throws {
        try await Stage.run { stage async throws in
            let absurd = await stage.doctor(
                adjust: { $0.world.now = { Instant(microseconds: 0) } })
            try Self.expect(absurd, "clock", "failed", "1970-01-01", advice: "chrony", status: 1)
            stage.clock.advance(bySeconds: 120)
            let ahead = await stage.doctor()
            try Self.expect(ahead, "clock", "warning", "s ahead of a partner's clock", advice: "chrony", status: 0)
            stage.clock.advance(bySeconds: -240)
            try Self.expect(
                await stage.doctor(), "clock", "warning", "s behind a partner's clock", status: 0)
        }
    }

    @Test func `on a terminal`() async throws {
        try await Stage.run { stage async throws in
            let run = await stage.doctor(
                ["--partners", "http://127.0.0.1:1"],
                terminal: Terminal(isTerminal: true, columns: 40, isColorEnabled: true))
            try run.succeeded()
            #expect(run.stdout.contains("\u{1B}[32mok\u{1B}[0m       libcurl         "), "\(run)")
            #expect(run.stdout.contains("\u{1B}[33mwarning\u{1B}[0m  eda  "), "\(run)")
            #expect(run.stdout.contains("\n         try: start 'qrpay sandbox'"), "\(run)")
        }
    }
}

extension Stage {
    /// Runs `doctor` with all the time that the partners need, so that a busy machine is not mistaken for silent ones.
    fileprivate func doctor(
        _ arguments: [String] = ["--json"], environment: [String: String] = [:], terminal: Terminal = .pipe,
        adjust: (inout Context) -> Void = { _ in }
    ) async -> CommandRun {
        await qrpay(["doctor"] + arguments, environment: environment, terminal: terminal) { context in
            context.makeTransport = { [transport] in Patient(transport: transport) }
            adjust(&context)
        }
    }
}

private struct Patient: HTTPTransport {
    let transport: CurlTransport

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        request.timeoutSeconds = 600
        return try await transport.send(request)
    }

    func prepare() throws { try transport.prepare() }
}
