import CommandLineKit
import Explorer
import FoundationEssentials
import HTTPKit
import PaymentPartners
import PaymentSandbox
import QRPayCLI
import TestSupport
import Testing

/// Cashback due compared with cashback accrued.
@Suite struct CashbackTests {
    @Test func `a clean audit`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.paidOrder()
            try await stage.qrpay("order", "refund", id, "--amount", "20.50").succeeded()
            try await stage.settle()
            let run = await stage.qrpay("cashback", "audit")
            #expect(run.status == 0 && run.stdout.isEmpty, "\(run)")
            #expect(run.stderr == "1 order and 2 ledger rows compared, 0 findings\n")
            #expect(try await stage.qrpay("cashback", "audit", "--json").json() == .array([]))
        }
    }

    @Test func `every finding is printed`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let wrong = try await stage.paidOrder(Stage.bill("b-1"))
            let missing = try await stage.paidOrder(Stage.bill("b-2"))
            try await stage.settle()
            for entry in try await stage.partners().cashbackEntries {
                let path = "/sandbox/cashback/entries/\(entry.id)"
                let answer =
                    try await entry.orderID == wrong
                    ? stage.send("PUT", path, Array(#"{"amount": "12.06"}"#.utf8)) : stage.send("DELETE", path)
                #expect((200..<300).contains(answer.status))
            }
            let run = await stage.qrpay("cashback", "audit", "--json")
            #expect(run.status == 1, "\(run)")
            let findings = try run.json().elements
            let byOrder = Dictionary(uniqueKeysWithValues: findings.map { ($0["order_id"].text ?? "", $0) })
            #expect(byOrder[wrong]?["class"] == "wrong_amount" && byOrder[wrong]?["difference"] == "0.01")
            #expect(byOrder[missing]?["class"] == "missing" && byOrder[missing]?["difference"] == "-12.05")
            #expect(byOrder[wrong]?["explanation"].text?.contains("12.06") == true)
            let text = await stage.qrpay("cashback", "audit")
            #expect(text.status == 1 && text.rows.count == 2 && text.rows.allSatisfy { $0.count == 9 }, "\(text)")
            #expect(await stage.qrpay("cashback", "audit", "--until", "1h").status == 0, "nothing was that early")
        }
    }

    /// Staged cashback is not a finding until its task gets stuck.
    @Test func `cashback that a task has yet to post is waiting`() async throws {
        let config = #"{"tasks": {"cashback_accrue": {"base_seconds": 0.02, "cap_seconds": 0.02, "max_attempts": 2}}}"#
        try await Stage.run(config: config) { stage async throws in
            try await stage.addRestaurant()
            try await stage.qrpay("task", "pause", "cashback.accrue", "--reason", "they migrate").succeeded()
            let id = try await stage.paidOrder()
            func audit(_ options: String...) async -> CommandRun {
                await stage.qrpay(["cashback", "audit"] + options)
            }
            let (csv, html) = (stage.directory.file("f.csv"), stage.directory.file("f.html"))
            let paused = await audit("--json", "--csv", csv, "--html", html)
            #expect(paused.status == 0, "\(paused)")
            #expect(paused.stderr.contains("0 findings, 1 order waiting for a task"), "\(paused)")
            let waiting = try #require(try paused.json().elements.first)
            #expect(waiting["class"] == "waiting" && waiting["id"] == .string("waiting:\(id)"))
            let task = try #require(
                try await stage.shown(id)["tasks"].elements.first { $0["kind"] == "cashback.accrue" })
            #expect(waiting["task_id"] == task["task_id"] && waiting["difference"] == "-12.05")
            #expect(
                waiting["explanation"].text?.contains("accrual of 12.05 RUB to guest still to be posted: task ") == true
            )
            #expect(waiting["explanation"].text?.hasSuffix("they migrate") == true, "\(waiting)")
            for path in [csv, html] {
                let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
                #expect(text.contains("waiting:\(id)"))
            }
            #expect(await audit("--repair").stdout.isEmpty, "the task mends it")

            // And a clawback.
            try await stage.qrpay("order", "refund", id, "--amount", "20.50").succeeded()
            let both = try await audit("--json").succeeded().json().elements
            #expect(both.count == 1 && both.first?["explanation"].text?.contains("clawback of 2.05") == true, "\(both)")

            // A stuck task posts nothing by itself.
            try await stage.qrpay("task", "resume", "cashback.accrue").succeeded()
            try await stage.inject(FaultRule(partner: .cashback, method: "PUT", kind: .status, status: 503))
            _ = await stage.qrpay("work", "--drain", "--kind", "cashback.accrue")
            let stuck = await audit("--json")
            #expect(stuck.status == 1, "\(stuck)")
            let finding = try #require(try stuck.json().elements.first)
            #expect(finding["class"] == "missing" && finding["task_id"].text != nil, "\(stuck)")
            #expect(finding["explanation"].text?.contains("is stuck") == true, "\(stuck)")
            try await stage.endFaults()
            try await stage.qrpay(
                "task", "requeue", "--kind", "cashback.accrue", "--state", "stuck", "--reason", "x", "--yes"
            ).succeeded()
            #expect(try await audit("--json").succeeded().json().elements.map { $0["class"].text } == ["waiting"])
            try await stage.settle()
            #expect(try await audit("--json").succeeded().json() == .array([]))
        }
    }

    /// A wrong entry is a finding even if another entry is waiting.
    @Test func `waiting cashback hides no finding`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            try await stage.qrpay("task", "pause", "cashback.accrue").succeeded()
            let id = try await stage.paidOrder()
            let body = #"{"key":"k","order_id":"\#(id)","uid":"x","kind":"accrual","amount":"1","currency":"RUB"}"#
            #expect(try await stage.send("PUT", "/sandbox/cashback/entries/cb-k", Array(body.utf8)).status == 200)
            let run = await stage.qrpay("cashback", "audit", "--json")
            #expect(run.status == 1, "\(run)")
            let classes = try run.json().elements.compactMap { $0["class"].text }
            #expect(classes.contains("wrong_user") && !classes.contains("missing"), "\(run)")
        }
    }

    /// Progress and report go to the same terminal.
    @Test func `the progress is gone before the report is written`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            _ = try await stage.paidOrder()
            let ledger = try stage.file("ledger.csv", "id,key,order_id,uid,kind,currency,amount,at\n")
            let screen = Recorder()
            let terminal = Terminal(isTerminal: true, columns: 80, isColorEnabled: true)
            let run = await stage.qrpay(["cashback", "audit", "--ledger", ledger], terminal: terminal) { context in
                context.output = screen.sink
                context.errors = screen.sink
            }
            #expect(run.status == 1)
            let shown = screen.text
            #expect(shown.contains("ledger rows read"), "\(shown)")
            // An unfinished line is erased before the next is written.
            for piece in shown.split(separator: "\r").dropLast() where piece.contains("ledger rows read") {
                #expect(!piece.contains("\n"), "\(shown)")
            }
            #expect(shown.contains("\r\u{1B}[K\u{1B}[31mmissing"), "\(shown)")
        }
    }

    @Test func `one order explained`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            try await stage.qrpay(
                "restaurant", "set", "cafe", "--cashback", "10", "--cap", "5", "--minimum-bill", "100"
            )
            .succeeded()
            let id = try await stage.paidOrder()
            // Later rules do not change the promised cashback.
            try await stage.qrpay("restaurant", "set", "cafe", "--cashback", "50").succeeded()
            try await stage.qrpay("order", "refund", id, "--amount", "80").succeeded()
            try await stage.settle()
            let shown = try await stage.qrpay("cashback", "show", id, "--json").succeeded().json()
            #expect(shown["percent"] == "10" && shown["cap"] == "5.00" && shown["minimum_bill"] == "100.00", "\(shown)")
            #expect(shown["due"] == "4.05" && shown["accrued"] == "5.00" && shown["clawed_back"] == "0.95")
            #expect(shown["difference"] == "0.00" && shown["entries"].elements.count == 2)
            let words = shown["explanation"].elements.compactMap(\.text)
            #expect(words.contains("due floor(10% × (120.50 - 80.00)), at most 5.00 = 4.05"), "\(words)")
            #expect(words.last == "which equals what is due")
            try await stage.loseCashback()
            let lost = await stage.qrpay("cashback", "show", id)
            #expect(lost.status == 0 && lost.stdout.contains("which is 4.05 RUB too little"), "\(lost)")
            let small = try await stage.order(Stage.bill("small", amount: "1.00"))
            let unpaid = await stage.qrpay("cashback", "show", small)
            #expect(unpaid.status == 0 && unpaid.stdout.contains("no guest has begun to pay"), "\(unpaid)")
        }
    }

    @Test func `the default rule applies to restaurants without one`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            try await stage.qrpay("restaurant", "add", "bar", "--name", "Bar").succeeded()
            let added = try await stage.qrpay("cashback", "rules", "add", "5", "--json").succeeded().json()
            #expect(added["client_id"] == nil && added["standing"] == "in_force")
            func promised(_ restaurant: String, _ bill: String) async throws -> String? {
                try await stage.preorder(Stage.bill(bill, restaurant: restaurant, amount: "100"))["cashback_amount"]
                    .text
            }
            #expect(try await promised("cafe", "1") == "10.00")
            #expect(try await promised("bar", "1") == "5.00")
            try await stage.qrpay("cashback", "rules", "add", "0", "--restaurant", "bar").succeeded()
            #expect(try await promised("bar", "2") == "0.00")
            let later = try await stage.qrpay(
                "cashback", "rules", "add", "50", "--restaurant", "bar", "--from", "2999-01-01", "--json"
            ).json()
            #expect(later["standing"] == "waiting")
            let rules = try await stage.qrpay("cashback", "rules", "--restaurant", "bar", "--json").json().elements
            #expect(rules.map { $0["standing"].text } == ["in_force", "in_force", "waiting"])
            #expect(await stage.qrpay("cashback", "rules").rows.allSatisfy { $0.count == 8 })

            let end = ["cashback", "rules", "end", rules[1]["rule_id"].text ?? "", "--json"]
            let ended = try await stage.qrpay(end).succeeded().json()
            #expect(ended["standing"] == "ended")
            #expect(try await stage.qrpay(end).succeeded().json() == ended, "it ends once")
            #expect(try await promised("bar", "3") == "5.00", "the default again")
            await stage.expectFailure(["cashback", "rules", "end", "x"], 3, "rule_not_found", "rule x")
            await stage.expectFailure(["cashback", "rules", "add", "101"], 2, "bad_amount")
            await stage.expectFailure(
                ["cashback", "rules", "add", "5", "--restaurant", "nobody"], 3, "restaurant_not_found")
        }
    }
}

extension Stage {
    /// Removes every entry of the cashback service's ledger.
    func loseCashback() async throws {
        let entries = try await partners().cashbackEntries
        try #require(!entries.isEmpty)
        for entry in entries {
            try #require(try await send("DELETE", "/sandbox/cashback/entries/\(entry.id)").status == 204)
        }
    }
}
