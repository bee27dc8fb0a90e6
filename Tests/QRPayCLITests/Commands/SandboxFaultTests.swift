import CommandLineKit
import Explorer
import PaymentSandbox
import TestSupport
import Testing

/// The commands that act on a running sandbox.
@Suite struct SandboxFaultTests {
    @Test func `faults come and go`() async throws {
        try await Stage.run { stage async throws in
            let first = try await stage.qrpay(
                "sandbox", "fault", "add", "--partner", "transactions", "--method", "put", "--route", "/v1/invoices/*",
                "--kind", "effect-then-reset", "--first", "2", "--json"
            ).succeeded().json()
            #expect(
                first.members == [
                    "id": 1, "partner": "transactions", "method": "PUT", "route": "/v1/invoices/*", "probability": nil,
                    "first": 2, "kind": "effect_then_reset", "milliseconds": nil, "status": nil, "seed": nil,
                    "matched": 0, "hit": 0,
                ])
            try await stage.qrpay(
                "sandbox", "fault", "add", "--partner", "eda", "--kind", "latency", "--latency", "5ms"
            ).succeeded()
            try await stage.qrpay(
                "sandbox", "fault", "add", "--partner", "check", "--kind", "status", "--status", "500", "--probability",
                "0.25", "--seed", "9223372036854775807"
            ).succeeded()

            try await stage.qrpay("pay", try await stage.order(), "--uid", "u", "--method", "card-approve").succeeded()
            let list = try await stage.qrpay("sandbox", "fault", "list", "--json").succeeded().json()
            #expect(list.elements.map { $0["id"] } == [1, 2, 3])
            #expect(list[0]["hit"] == 2 && list[0]["matched"].number ?? 0 > 2, "\(list)")
            #expect(list[1]["hit"] == list[1]["matched"] && list[1]["milliseconds"] == 5, "\(list)")
            #expect(list[2]["seed"].number == 0x1p63 && list[2]["probability"].number == 0.25)
            let rows = try await stage.qrpay("sandbox", "fault", "list").succeeded().rows
            #expect(rows.map { $0[1] } == ["transactions", "eda", "check"] && rows[0][3] == "the first 2")

            #expect(try await stage.qrpay("sandbox", "fault", "clear", "2", "--json").json()["cleared"] == .array([2]))
            await stage.expectFailure(["sandbox", "fault", "clear", "2"], 3, "unknown_fault", "rule not found")
            let cleared = try await stage.qrpay("sandbox", "fault", "clear").succeeded()
            #expect(cleared.value("cleared") == "1 3", "\(cleared)")
            #expect(try await stage.qrpay("sandbox", "fault", "list", "--json").json() == .array([]))
            #expect(try await stage.qrpay("sandbox", "fault", "clear").succeeded().value("cleared") == "none")
        }
    }

    @Test(arguments: [
        ("--kind reset", "--partner PARTNER"), ("--partner eda", "--kind KIND"),
        ("--partner bank --kind reset", "--partner 'bank': must be one of eda"),
        ("--partner eda --kind explode", "--kind 'explode': must be one of latency"),
        ("--partner eda --kind latency", "--kind latency needs --latency"),
        ("--partner eda --kind latency --latency fast", "--latency 'fast'"),
        ("--partner eda --kind latency --latency 11m", "--latency '11m': must be from 0s to 10m"),
        ("--partner eda --kind reset --latency 1s", "--latency is for the kinds latency and"),
        ("--partner eda --kind reset --status 503", "--status is for the kind status"),
        ("--partner eda --kind status --status 200", "--status '200'"),
        ("--partner eda --kind reset --seed 7", "--seed is for --probability"),
        ("--partner eda --kind reset --probability 1.1", "--probability '1.1'"),
        ("--partner eda --kind reset --probability nan", "--probability 'nan'"),
        ("--partner eda --kind reset --probability 0x1p-2", "--probability '0x1p-2'"),
        ("--partner eda --kind reset --probability 0.1 --first 2", "--probability and --first"),
        ("--partner eda --kind reset --first 0", "--first '0'"),
        ("--partner eda --kind reset --method P:T", "--method 'P:T'"),
        ("--partner eda --kind reset --route v1", "--route 'v1': must begin with a slash"),
        ("--partner eda --kind reset --route /eda/v1", "without '/eda'"),
    ])
    func `invalid fault options are refused`(_ options: String, _ phrase: String) async throws {
        try await Stage.run { stage async throws in
            let words = ["sandbox", "fault", "add"] + options.split(separator: " ").map(String.init)
            await stage.expectFailure(words, 2, "usage", phrase)
            #expect(try await stage.partners().faults.isEmpty)
        }
    }

    @Test func `an unreachable sandbox`() async throws {
        try await Stage.run { stage async throws in
            let commands = [
                ["sandbox", "fault", "list"], ["sandbox", "fault", "clear"], ["sandbox", "fault", "clear", "1"],
                ["sandbox", "state"], ["sandbox", "fault", "add", "--partner", "eda", "--kind", "reset"],
            ]
            for command in commands {
                await stage.expectFailure(
                    command + ["--partners", "http://127.0.0.1:1"], 5, "sandbox_unreachable", "127.0.0.1:1")
                await stage.expectFailure(
                    command + ["--partners", "\(stage.partnersURL)/eda"], 5, "not_a_sandbox", "is not a sandbox")
            }
            await stage.expectFailure(["sandbox", "fault", "clear", "x"], 2, "usage", "ID 'x'")
            await stage.expectFailure(["sandbox", "fault", "clear", "0"], 2, "usage", "ID '0'")
            await stage.expectFailure(
                ["sandbox", "--listen", "127.0.0.1:0", "fault", "list"], 2, "usage", "'--listen' is for 'sandbox'")
        }
    }

    @Test func `the partners' state is shown`() async throws {
        try await Stage.run { stage async throws in
            #expect(try await stage.qrpay("sandbox", "state").succeeded().stdout.isEmpty)
            try await stage.addRestaurant()
            let id = try await stage.order()
            await stage.qrpay("pay", id, "--uid", "poor", "--method", "card-decline").expectDeclined()
            try await stage.qrpay("pay", id, "--uid", "rich", "--method", "card-approve").succeeded()
            try await stage.qrpay("order", "refund", id, "--amount", "20.50").succeeded()
            try await stage.qrpay("work", "--drain").succeeded()

            let lines = try await stage.qrpay("sandbox", "state").succeeded().rows
            func rows(_ word: String) -> [[String]] { lines.filter { $0[0] == word } }
            #expect(Set(rows("order").map { $0[4] }) == ["poor", "rich"], "\(lines)")
            #expect(
                Set(rows("invoice").map { Array($0.dropFirst(2)) }) == [
                    ["poor", "120.50 RUB", "0.00", "0.00", "0.00"], ["rich", "120.50 RUB", "0.00", "120.50", "20.50"],
                ], "\(lines)")
            let operations = rows("operation").map { $0.dropFirst(2).joined(separator: " ") }
            #expect(
                Set(operations) == [
                    "1 hold 120.50 RUB failed declined", "1 hold 120.50 RUB succeeded ",
                    "2 clear 120.50 RUB succeeded ", "3 refund 20.50 RUB succeeded ",
                ])
            #expect(Set(rows("entry").map { $0[2] }) == ["accrual", "clawback"])
            #expect(Set(rows("document").map { $0[2] }) == ["payment", "refund"])
            #expect(rows("object").count == 2 && rows("object").allSatisfy { $0[3] == "application/pdf" })

            let json = try await stage.qrpay("sandbox", "state", "--json").succeeded().json()
            #expect(json["invoices"].elements.count == 2 && json["objects"].elements.count == 2)
            #expect(json["cashback_entries"].elements.count == 2 && json["eda_documents"].elements.count == 2)

            let page = await stage.qrpay(["sandbox", "state"], terminal: Terminal(isTerminal: true, columns: 80))
            #expect(page.stdout.contains("\nTransactions: operations\nINVOICE"), "\(page)")
        }
    }
}

extension CommandRun {
    /// Expects a payment to have been refused.
    fileprivate func expectDeclined() { #expect(status == 1 && stderr.contains("payment_declined"), "\(self)") }
}
