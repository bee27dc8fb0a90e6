import HTTPKit
import QRPayPartners
import QRPaySandbox
import Testing

/// Receipts that the workers have fetched, and links to them.
@Suite struct ReceiptTests {
    @Test func everyPaymentAndRefundHasAReceipt() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.paidOrder()
            try await stage.qrpay("order", "refund", id, "--amount", "20.50").succeeded()
            let work = await stage.qrpay("work", "--drain")
            #expect(work.status == 0, "\(work)")

            let listed = try await stage.qrpay("receipt", "list", id, "--json").succeeded().json()
            #expect(Set(listed.elements.map { $0["type"] }) == ["payment", "refund"], "\(listed)")
            for receipt in listed.elements {
                let document = try #require(receipt["document_id"].text)
                #expect(receipt["key"] == .string("\(id)/\(document).pdf"))
                let shown = try await stage.qrpay("receipt", "show", document, "--json").succeeded().json()
                #expect(shown["cost"] == receipt["cost"])
                let link = await stage.qrpay("receipt", "link", document, "--expires", "10m")
                try #require(link.stdout.hasPrefix(stage.partnersURL) && link.stdout.hasSuffix("\n"), "\(link)")
                let path = String(link.stdout.dropFirst(stage.partnersURL.count).dropLast())
                let answer = try await stage.send("GET", path)
                #expect(answer.status == 200 && answer.body.starts(with: Array("%PDF-".utf8)), "\(link)")
            }
            let text = await stage.qrpay("receipt", "list")
            #expect(text.rows.count == 2 && text.rows.allSatisfy { $0.count == 5 }, "\(text)")
            let history = try await stage.qrpay("order", "history", id, "--json").json().elements
            #expect(history.count { $0["event"] == "receipt_stored" } == 2)
        }
    }

    @Test func checkThatFailsIsAFailingTask() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.paidOrder()
            try await stage.inject(FaultRule(partner: .check, first: 1, kind: .status))
            try await stage.qrpay("work", "--drain").succeeded()
            let receipts = try await stage.qrpay("receipt", "list", id, "--json").json().elements
            #expect(receipts.count == 1 && receipts[0]["cost"] == "120.50")
        }
    }

    @Test func whatIsNotThere() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            #expect(try await stage.qrpay("receipt", "list", "--json").succeeded().json() == .array([]))
            for command in ["show", "link"] {
                await stage.expectFailure(["receipt", command, "none-1"], 3, "receipt_not_found", "receipt none-1")
                await stage.expectFailure(["receipt", command, "a/b"], 2, "usage", "DOCUMENT 'a/b'")
            }
            for time in ["0", "8d", "soon", "-1s"] {
                await stage.expectFailure(["receipt", "link", "none-1", "--expires=\(time)"], 2, "usage", "--expires")
            }
        }
    }
}
