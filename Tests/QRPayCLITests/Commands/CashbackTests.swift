import FoundationEssentials
import HTTPKit
import QRPayPartners
import QRPaySandbox
import Testing

/// What is due against what was accrued.
@Suite struct CashbackTests {
    @Test func aCleanAudit() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.paidOrder()
            try await stage.qrpay("order", "refund", id, "--amount", "20.50").succeeded()
            try await stage.settle()
            let run = await stage.qrpay("cashback", "audit")
            #expect(run.status == 0 && run.stdout.isEmpty, "\(run)")
            #expect(run.stderr == "1 orders and 2 ledger rows compared, 0 findings\n")
            #expect(try await stage.qrpay("cashback", "audit", "--json").json() == .array([]))
        }
    }

    @Test func everyFindingIsPrinted() async throws {
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
            #expect(text.status == 1 && text.rows.count == 2 && text.rows.allSatisfy { $0.count == 8 }, "\(text)")
            #expect(await stage.qrpay("cashback", "audit", "--until", "1h").status == 0, "nothing was that early")
        }
    }
}

extension Stage {
    /// Makes every entry of the cashback service's ledger vanish.
    func loseCashback() async throws {
        let entries = try await partners().cashbackEntries
        try #require(!entries.isEmpty)
        for entry in entries {
            try #require(try await send("DELETE", "/sandbox/cashback/entries/\(entry.id)").status == 204)
        }
    }
}
