import Explorer
import PaymentCore
import Payments
import TestSupport
import Testing

/// Orders of iikoCloud that are paid in part or in full, on the command line.
struct PrepaidPreorderTests {
    /// An order of 750 roubles.
    private static func order(_ more: String, items: String? = nil, sum: String = "750") -> String {
        let item =
            items
            ?? #"{"type": "Product", "product": {"name": "Филе"}, "amount": 0.3333333333333333, "resultSum": 750}"#
        return """
            {"orders": [{"id": "o-1", "organizationId": "cafe", "creationStatus": "Success",
             "order": {"status": "Bill", "sum": \(sum), "items": [\(item)]\(more)}}]}
            """
    }

    @Test func `the rest is to be paid, and the prepayment is shown`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let bill = Self.order(#", "processedPaymentsSum": 250, "payments": null"#)
            let run = await stage.qrpay(["preorder", "create", "-", "--strict"], input: bill)
            try run.succeeded()
            #expect(run.value("amount") == "500.00 RUB" && run.value("prepaid") == "250.00 RUB", "\(run)")
            #expect(run.value("cashback") == "10%, 50.00 RUB" && run.stderr.isEmpty, "\(run)")
            let id = try #require(run.value("order_id"))

            let view = await stage.qrpay("preorder", "show", id, "--uid", "guest")
            #expect(
                view.rows.prefix(5) == [
                    ["Филе", "0.333", "750.00"], ["Total", "", "750.00 RUB"], ["Prepaid", "", "250.00 RUB"],
                    ["To pay", "", "500.00 RUB"], ["Cashback 10%", "", "50.00 RUB"],
                ], "\(view)")
            for command in [["preorder", "show", id, "--uid", "guest"], ["order", "show", id]] {
                let json = try await stage.qrpay(command + ["--json"]).succeeded().json()
                #expect(json["amount"] == "500.00" && json["prepaid"] == "250.00" && json["total"] == "750.00")
                #expect(json["lines"][0]["quantity"] == "0.333333")
            }
            #expect(await stage.qrpay("order", "show", id).value("prepaid") == "250.00 RUB")

            try await stage.qrpay("pay", id, "--uid", "guest", "--method", "card-approve").succeeded()
            try await stage.qrpay("work", "--drain").succeeded()
            let document = try #require(try await stage.shown(id)["receipts"][0]["document_id"].text)
            let receipt = await stage.qrpay("receipt", "render", "--document", document, "--format", "text")
            try receipt.succeeded()
            let lines = receipt.stdout.split(separator: "\n").map { $0.split(separator: " ") }
            for (form, sum) in [("ИТОГ", "750.00"), ("Безналичными", "500.00"), ("Предоплатой", "250.00")] {
                #expect(lines.contains { $0.first?.description == form && $0.contains(Substring(sum)) }, "\(receipt)")
            }
            let again = await stage.qrpay(
                ["preorder", "create", "-"], input: Self.order(#", "processedPaymentsSum": 750"#))
            again.failed(4, "already_paid", "750.00 RUB was paid already")
        }
    }

    @Test(
        arguments: [
            ("the sum", #", "processedPaymentsSum": 750, "payments": null"#),
            ("no payments to the sum", #", "processedPaymentsSum": 750, "payments": []"#),
            ("payments", #", "payments": [{"sum": 750, "isPreliminary": false, "isProcessedExternally": true}]"#),
            ("more than all", #", "processedPaymentsSum": 751"#),
        ])
    func `nothing left to pay is a conflict, strict or not`(name: String, more: String) async throws {
        try await Stage.run { stage async throws in
            for options in [[], ["--strict"]] {
                await stage.expectFailure(
                    ["preorder", "create", "-"] + options, 4, "already_paid", "nothing is left to pay",
                    input: Self.order(more))
            }
            #expect(try await stage.qrpay("order", "list").succeeded().stdout.isEmpty)
        }
    }

    @Test func `an order taken in before is closed by a bill that is paid`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order(Self.order(""))
            await stage.expectFailure(
                ["preorder", "create", "-"], 4, "already_paid", input: Self.order(#", "processedPaymentsSum": 750"#))
            #expect(try await stage.shown(id)["status"] == "CANCELED")
        }
    }

    static let warnings: [(String, String, String)] = [
        ("lines that do not add up", order("", sum: "700"), "the lines add up to 750.00 RUB, the total is 700.00 RUB"),
        ("tips", order(#", "tips": [{"sum": 50}]"#), "tips of 50.00 RUB"),
        (
            "a deleted line",
            order(
                "",
                items: #"{"type": "Product", "product": {"name": "A"}, "amount": 1, "resultSum": 750}, "#
                    + #"{"type": "Product", "product": {"name": "B"}, "amount": 1, "resultSum": 1, "deleted": {}}"#),
            "deleted line \"B\" dropped"
        ),
        (
            "preliminary payments",
            order(#", "payments": [{"sum": 750, "isPreliminary": true, "isProcessedExternally": false}]"#),
            "payments of 750.00 RUB are preliminary and count as not paid"
        ),
        (
            "payments that differ from their sum",
            order(#", "processedPaymentsSum": 0, "payments": [{"sum": 50, "isPreliminary": false}]"#),
            "the payments are 50.00 RUB, processedPaymentsSum is 0.00 RUB; the larger one counts as paid"
        ),
        (
            "a line without a name",
            order("", items: #"{"type": "Product", "product": {"name": ""}, "amount": 1, "resultSum": 750}"#),
            "blank; shown as (unnamed)"
        ),
    ]

    @Test(arguments: warnings)
    func `any warning makes strict refuse`(name: String, bill: String, phrase: String) async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            await stage.expectFailure(["preorder", "create", "-", "--strict"], 2, "bad_bill", phrase, input: bill)
            #expect(try await stage.qrpay("order", "list").succeeded().stdout.isEmpty)
            let run = await stage.qrpay(["preorder", "create", "-"], input: bill)
            try run.succeeded()
            #expect(run.stderr.contains("qrpay: warning: standard input: ") && run.stderr.contains(phrase), "\(run)")
        }
    }

    @Test func `an unregistered restaurant is a warning too`() async throws {
        try await Stage.run { stage async throws in
            await stage.expectFailure(
                ["preorder", "create", "-", "--strict"], 2, "bad_bill", "restaurant cafe is not registered",
                input: Stage.bill())
            #expect(try await stage.qrpay("order", "list").succeeded().stdout.isEmpty)
            try await stage.addRestaurant()
            try await stage.qrpay(["preorder", "create", "-", "--strict"], input: Stage.bill()).succeeded()
        }
    }

    @Test func `help tells every warning`() async throws {
        try await Stage.run { stage async throws in
            let help = await stage.qrpay("preorder", "create", "--help").stdout
                .split(whereSeparator: \.isWhitespace).joined(separator: " ")
            for phrase in [
                "do not add up", "a deleted line", "tips", "preliminary", "differ", "no name", "encoding",
                "not registered",
            ] {
                #expect(help.contains(phrase), "\(phrase)")
            }
        }
    }
}
