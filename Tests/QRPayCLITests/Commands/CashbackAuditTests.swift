import Explorer
import FoundationEssentials
import HTTPKit
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// `cashback audit`: ledgers from files, reports, accepted findings, repairs.
@Suite struct CashbackAuditTests {
    private static let header = "id,key,order_id,uid,kind,currency,amount,at\n"

    private func contents(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    @Test func `a ledger in a file`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.paidOrder()
            try await stage.settle()
            let row = "cb,\(id)-1,\(id),guest,accrual,RUB,12.05,2026-01-31T09:30:00Z\n"
            let uid = try #require(try await stage.partners().cashbackEntries.first?.uid)
            let sound = try stage.file("sound.csv", Self.header + row.replacing("guest", with: uid))
            try await stage.qrpay("cashback", "audit", "--ledger", sound).succeeded()
            let other = try stage.file(
                "other.jsonl",
                """
                {"id":"cb","key":"k","order_id":"\(id)","uid":"\(uid)","kind":"accrual",\
                "currency":"RUB","amount":12.04,"at":"2026-01-31T09:30:00Z"}
                {"id":"x","key":"k2","order_id":"=1+1","uid":"<b>","kind":"accrual",\
                "currency":"RUB","amount":"5","at":"2026-01-31T09:30:00Z"}
                """)
            let (csv, html) = (stage.directory.file("f.csv"), stage.directory.file("f.html"))
            let run = await stage.qrpay(
                "cashback", "audit", "--ledger", other, "--json", "--csv", csv, "--html", html)
            #expect(run.status == 1, "\(run)")
            let findings = try run.json().elements
            #expect(findings.map { $0["class"].text } == ["wrong_amount", "extra"])
            #expect(findings.first?["difference"] == "-0.01")
            let lines = try contents(csv).split(separator: "\n")
            #expect(lines.count == 3 && lines[1].contains(",12.05,12.04,0.00,-0.01,"), "\(lines)")
            #expect(lines[2].contains(",'=1+1,<b>,RUB,"), "a formula is text")
            let page = try contents(html)
            #expect(
                page.contains("Orders created at any time, against the ledger \(other), at "), "\(page.prefix(900))")
            #expect(page.contains("td:nth-child(n+4):nth-child(-n+8){white-space:nowrap}"), "sums stay on one line")
            #expect(page.contains("<td>=1+1</td><td>&lt;b&gt;</td>") && page.contains("2 findings"), "\(page)")
        }
    }

    @Test(
        arguments: [
            ("another header", "id,key\n", "neither a JSON object nor the CSV header"),
            ("a line cut off", "\(header)cb,o-1,o,anna,acc", "line 2: 5 fields where the header has 8"),
            ("nothing", "", "it is empty"),
            (
                "several",
                header + String(repeating: "cb,o-1,o,anna,accrual,RUB,1.234,2026-01-31T09:30:00Z\n", count: 7),
                "7 lines cannot be used: line 2: amount: \"1.234\" has more than 2 decimals"
            ),
        ])
    func `a ledger with invalid lines is refused`(name: String, text: String, words: String) async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let path = try stage.file("ledger.csv", text)
            let csv = stage.directory.file("f.csv")
            await stage.expectFailure(["cashback", "audit", "--ledger", path, "--csv", csv], 2, "bad_ledger", words)
            #expect(!FileManager.default.fileExists(atPath: csv), "nothing half done is left")
        }
    }

    @Test func `accepted findings are left out`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let first = try await stage.paidOrder(Stage.bill("b-1"))
            let second = try await stage.paidOrder(Stage.bill("b-2"))
            try await stage.settle()
            try await stage.loseCashback()
            let known = stage.directory.file("known.json")
            let audit = ["cashback", "audit", "--baseline", known]
            await stage.expectFailure(audit, 3, "file_not_found", "known.json")
            await stage.expectFailure(audit + ["--accept", "missing:\(first)"], 2, "usage", "--reason is missing")
            let unknown = await stage.qrpay(audit + ["--accept", "missing:nobody", "--reason", "x"])
            #expect(
                unknown.status == 3 && unknown.stderr.contains("nothing was accepted (finding_not_found)"), "\(unknown)"
            )
            #expect(!FileManager.default.fileExists(atPath: known))

            let some = await stage.qrpay(audit + ["--accept", "missing:\(first)", "--reason", "ticket 7", "--json"])
            #expect(some.status == 1 && some.stderr.contains("1 finding, 1 accepted"), "\(some)")
            #expect(try some.json().elements.map { $0["order_id"].text } == [second])
            let named = ["--accept", "missing:\(second)"]
            let all = await stage.qrpay(audit + ["--accept-all"] + named + ["--reason", "the rest"])
            #expect(all.status == 0 && all.stderr.contains("0 findings, 2 accepted"), "\(all)")
            #expect(await stage.qrpay(audit).status == 0)

            // A changed difference is a new finding, and a finding that no longer occurs is reported.
            try await CashbackRow(orderID: first, kind: "clawback", amount: "2").put(on: stage)
            try await CashbackRow(orderID: second, kind: "accrual", amount: "12.05").put(on: stage)
            let changed = await stage.qrpay(audit)
            #expect(changed.status == 1, "\(changed)")
            #expect(changed.stderr.contains("missing:\(first): -12.05 RUB was accepted, it is"), "\(changed)")
            #expect(
                changed.stderr.contains("missing:\(second) was accepted and no longer occurs (the rest)"),
                "\(changed)")
        }
    }

    @Test func `repairs are staged`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.paidOrder()
            try await stage.settle()
            try await stage.loseCashback()
            let repair = ["cashback", "audit", "--repair"]
            let shown = await stage.qrpay(repair + ["--json"])
            #expect(shown.status == 1, "\(shown)")
            let plan = try shown.json()
            #expect(plan["dry_run"] == true && plan["matched"] == 1 && plan["staged"] == 0, "\(shown)")
            #expect(plan["repairs"].elements.first?["entries"].elements.first?["key"].text == "\(id)-1")
            let digest = try #require(plan["digest"].text)
            #expect(await stage.qrpay(repair + ["--yes", "--expect", "x"]).status == 4)
            await stage.expectFailure(["cashback", "audit", "--yes"], 2, "usage", "--yes is for --repair")
            await stage.expectFailure(["cashback", "audit", "--reason", "x"], 2, "usage", "--reason is for --accept")
            let done = await stage.qrpay(repair + ["--json", "--yes", "--expect", digest, "--reason", "ticket 7"])
            #expect(done.status == 1, "there were findings")
            #expect(try done.json()["task_ids"].elements.count == 1, "\(done)")
            try await stage.settle()
            #expect(try await stage.qrpay("cashback", "audit", "--json").succeeded().json() == .array([]))
            #expect(await stage.qrpay("order", "history", id).stdout.contains("ticket 7"))
        }
    }
}

/// A row inserted into the sandbox's ledger.
private struct CashbackRow {
    var orderID: String
    var kind: String
    var amount: String

    func put(on stage: Stage) async throws {
        let shown = try await stage.qrpay("order", "show", orderID, "--json").succeeded().json()
        let body = """
            {"key": "\(orderID)-x", "order_id": "\(orderID)", "uid": "\(shown["uid"].text ?? "")", "kind": "\(kind)", \
            "amount": "\(amount)", "currency": "RUB"}
            """
        let path = "/sandbox/cashback/entries/cb-\(orderID)-x"
        #expect(try await stage.send("PUT", path, Array(body.utf8)).status == 200)
    }
}
