import Explorer
import HTTPKit
import JSONKit
import PaymentPartners
import PaymentSandbox
import QRPayCLI
import TestSupport
import Testing

/// Looking at orders, canceling and refunding them.
@Suite struct OrderTests {
    @Test func `list filters`() async throws {
        try await Stage.run { stage async throws in
            let first = try await stage.order(Stage.bill("b-1"))
            stage.clock.advance(bySeconds: 3600)
            let second = try await stage.paidOrder(Stage.bill("b-2", restaurant: "bar"), uid: "u2")
            let cases: [([String], [String])] = [
                ([], [second, first]), (["--status", "PENDING"], [first]), (["--status", "pending"], [first]),
                (["--status", "PENDING", "--status", "CLEARED"], [second, first]), (["--restaurant", "bar"], [second]),
                (["--uid", "u2"], [second]), (["--uid", "u3"], []), (["--since", "30m"], [second]),
                (["--until", "30m"], [first]), (["--limit", "1"], [second]),
                (["--status", "PENDING", "--restaurant", "bar"], []),
            ]
            for (options, expected) in cases {
                let run = await stage.qrpay(["order", "list"] + options)
                #expect(run.status == 0 && run.rows.map { $0[0] } == expected, "\(run)")
                let json = try await stage.qrpay(["order", "list", "--json"] + options).json()
                #expect(json.elements.map { $0["order_id"].text } == expected, "\(options)")
            }
        }
    }

    @Test func `status, show and history`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            #expect(try await stage.qrpay("order", "status", id).succeeded().value("iiko_status") == "WAITING")
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve").succeeded()
            let status = try await stage.qrpay("order", "status", id, "--json").succeeded().json()
            #expect(
                status.members == [
                    "order_id": .string(id), "status": "CLEARED", "iiko_status": "PAYED", "guest_status": "PAYED",
                ])
            let history = try await stage.qrpay("order", "history", id, "--json").succeeded().json()
            #expect(
                history.elements.map { $0["event"].text } == ["created", "payment_begun", "held", "cleared"])
            let text = await stage.qrpay("order", "history", id)
            #expect(text.rows.count == 4 && text.rows.allSatisfy { $0.count == text.rows[0].count }, "\(text)")
            let shown = await stage.qrpay("order", "show", id)
            #expect(shown.value("status") == "CLEARED" && shown.value("taken") == "120.50 RUB", "\(shown)")
        }
    }

    @Test func `orders are named by their deeplink too`() async throws {
        try await Stage.run { stage async throws in
            let order = try await stage.preorder()
            let (id, link) = (try #require(order["order_id"].text), try #require(order["deeplink"].text))
            for command in ["status", "show", "history"] {
                try await stage.qrpay("order", command, link).succeeded()
            }
            try await stage.qrpay("preorder", "show", link, "--uid", "u").succeeded()
            try await stage.qrpay("pay", link, "--uid", "u", "--method", "card-approve").succeeded()
            #expect(try await stage.shown(id)["status"] == "CLEARED")
        }
    }

    @Test func `tampered deeplinks are refused`() async throws {
        try await Stage.run { stage async throws in
            let link = try #require(try await stage.preorder()["deeplink"].text)
            let other = try await stage.order(Stage.bill("b-2"))
            let last = link.hasSuffix("0") ? "1" : "0"
            var links = [String(link.dropLast()) + last, link + "&x=1", "https://evil.example/orders?" + link, "a/b"]
            links.append(link.replacing(/order_id=[0-9a-f]+/, with: "order_id=\(other)"))
            links.append(link.replacing("kid=k1", with: "kid=k2"))
            links.append(link.replacing("restaurant_id=cafe", with: "restaurant_id=bar"))
            for tampered in links {
                await stage.expectFailure(["order", "show", tampered], 7, "bad_deeplink", "signature is invalid")
                await stage.expectFailure(["preorder", "show", tampered, "--uid", "u"], 7, "bad_deeplink")
                await stage.expectFailure(
                    ["pay", tampered, "--uid", "u", "--method", "card-approve"], 7, "bad_deeplink")
            }
            #expect(try await stage.shown(other)["status"] == "PENDING")
        }
    }

    @Test(arguments: [
        ["order", "show", "nobody"], ["order", "status", "nobody"], ["order", "history", "nobody"],
        ["order", "cancel", "nobody"], ["order", "refund", "nobody"], ["preorder", "show", "nobody", "--uid", "u"],
        ["pay", "nobody", "--uid", "u", "--method", "card-approve"], ["receipt", "list", "nobody"],
    ])
    func `unknown orders`(_ arguments: [String]) async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            await stage.expectFailure(arguments, 3, "order_not_found", "order nobody not found")
        }
    }

    @Test(
        arguments: [
            (["USER": "anna"], "support:anna"), (["USER": "root", "SUDO_USER": "boris"], "support:boris"),
            (["USER": "root", "QRPAY_ACTOR": "night-shift"], "support:night-shift"), (["USER": ""], "support"),
            (["USER": "a\u{1B}[2J"], "support"), (["USER": "b:c", "LOGNAME": "carl"], "support:carl"),
        ] as [([String: String], String)])
    func `the actor is recorded`(environment: [String: String], actor: String) async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            try await stage.qrpay(["order", "cancel", id], environment: environment).succeeded()
            let history = try await stage.qrpay("order", "history", id, "--json").succeeded().json()
            #expect(history.elements.last?["actor"].text == actor)
            let told = await stage.qrpay("order", "history", id).rows.last?.joined(separator: " ") ?? ""
            #expect(told.contains(actor == "support" ? "support" : actor.dropFirst("support:".count)), "\(told)")
        }
    }

    @Test func `cancel`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let canceled = try await stage.qrpay("order", "cancel", id, "--reason", "guest left", "--json").json()
            #expect(canceled["status"] == "CANCELED" && canceled["iiko_status"] == "CANCELED")
            try await stage.qrpay("order", "cancel", id).succeeded()
            let history = try await stage.qrpay("order", "history", id, "--json").json().elements
            #expect(history.map { $0["event"].text } == ["created", "canceled"], "canceled once")
            #expect(history[1]["actor"] == "support" && history[1]["detail"]["reason"] == "guest left")
            await stage.expectFailure(
                ["pay", id, "--uid", "u", "--method", "card-approve"], 4, "state_forbids", "CANCELED")
            let paid = try await stage.paidOrder(Stage.bill("b-2"))
            await stage.expectFailure(["order", "cancel", paid], 4, "state_forbids", "cannot cancel")
        }
    }

    @Test func `refund in parts and whole`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.paidOrder()
            let part = try await stage.qrpay("order", "refund", id, "--amount", "20.50", "--json").succeeded().json()
            #expect(part["status"] == "CLEARED" && part["refunded"] == "20.50" && part["taken"] == "120.50")
            await stage.expectFailure(
                ["order", "refund", id, "--amount", "100.01"], 4, "refund_exceeds",
                "100.00 RUB of the captured amount is left")
            for (amount, code) in [
                ("0", "bad_refund"), ("-1", "bad_refund"), ("1.001", "bad_amount"), ("x", "bad_amount"),
            ] {
                await stage.expectFailure(["order", "refund", id, "--amount=\(amount)"], 2, code)
            }
            let rest = try await stage.qrpay("order", "refund", id, "--json").succeeded().json()
            #expect(rest["status"] == "REFUNDED" && rest["refunded"] == "120.50")
            await stage.expectFailure(["order", "refund", id], 4, "state_forbids", "REFUNDED")
            let invoice = try await stage.partners().invoices[0]
            #expect(invoice.captured == "120.50" && invoice.refunded == "120.50")
        }
    }

    @Test func `refund by line`() async throws {
        try await Stage.run { stage async throws in
            let bill = Stage.bill(amount: "120.50", lines: [("Soup", "90.00"), ("Tea", "15.25"), ("Tea", "15.25")])
            let id = try await stage.paidOrder(bill)
            func refund(_ words: String...) -> [String] { ["order", "refund", id] + words }
            let part = try await stage.qrpay(refund("--line", "2", "--line", "1:40", "--json")).succeeded().json()
            #expect(part["refunded"] == "55.25" && part["refund"]["amount"] == "55.25", "\(part)")
            #expect(part["refund"]["status"] == "succeeded")
            await stage.expectFailure(
                refund("--line", "2"), 4, "refund_exceeds", "15.25 RUB of line 2, 0.00 RUB of it is left")
            await stage.expectFailure(refund("--line=1:50.01"), 4, "refund_exceeds", "50.00 RUB of it is left")
            await stage.expectFailure(refund("--line", "4"), 2, "bad_refund", "no line 4; it has 3")
            for line in ["0", "x", "1:", "-1", "1:1.001", "99999999999999999999"] {
                let run = await stage.qrpay(refund("--line=\(line)"))
                #expect(run.status == 2 && run.stdout.isEmpty, "\(run)")
            }
            let rest = try await stage.qrpay(refund("--json")).succeeded().json()
            #expect(rest["status"] == "REFUNDED" && rest["refund"]["amount"] == "65.25")
            let invoice = try await stage.partners().invoices[0]
            #expect(invoice.refunded == "120.50")
        }
    }

    @Test func `a refund with a key is made once`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.paidOrder()
            let refund = ["order", "refund", id, "--amount", "20.50", "--idempotency-key", "r-1", "--json"]
            let first = try await stage.qrpay(refund).succeeded().json()
            #expect(try await stage.qrpay(refund).succeeded().json() == first)
            #expect(first["refunded"] == "20.50")
            await stage.expectFailure(
                ["order", "refund", id, "--amount", "1", "--idempotency-key", "r-1"], 4, "idempotency_key_reused")
            await stage.expectFailure(
                ["order", "refund", id, "--idempotency-key", "a b"], 2, "usage", "--idempotency-key")
        }
    }

    /// Answers the first refund with a refusal by transactions.
    private struct Declining: HTTPTransport {
        let real: any HTTPTransport

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            guard request.method == "PUT", request.url.hasSuffix("/operations/3") else {
                return try await real.send(request)
            }
            let body = #"{"code": "refund_window_closed", "message": "too late"}"#
            return HTTPResponse(status: 422, body: Array(body.utf8))
        }
    }

    @Test func `a refund that transactions declines has failed, and another one may be given`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.paidOrder()
            let refused = await stage.qrpay(["order", "refund", id]) { context in
                context.makeTransport = { [transport = stage.transport] in Declining(real: transport) }
            }
            #expect(refused.status == 1 && refused.stderr.contains("(refund_failed)"), "\(refused)")
            let history = try await stage.qrpay("order", "history", id, "--json").json().elements
            #expect(history.last?["event"] == "refund_failed")
            #expect(history.last?["detail"]["reason"] == "refund_window_closed")
            let again = try await stage.qrpay("order", "refund", id, "--json").succeeded().json()
            #expect(again["status"] == "REFUNDED")
        }
    }

    @Test func `a refund that a partner refuses to take goes on`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.paidOrder()
            try await stage.inject(
                FaultRule(partner: .transactions, method: "PUT", first: 1, kind: .status, status: 422))
            let refunded = try await stage.qrpay("order", "refund", id, "--json").succeeded().json()
            #expect(refunded["status"] == "REFUNDED")
        }
    }

    @Test func `the same refund again needs a key or --again`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.paidOrder()
            let refund = ["order", "refund", id, "--amount", "20.50"]
            try await stage.qrpay(refund).succeeded()
            let run = await stage.qrpay(refund + ["--json"])
            #expect(run.status == 4 && run.stdout.isEmpty, "\(run)")
            let error = try JSON(run.stderr)["error"]
            #expect(error["code"] == "refund_repeated" && error["hint"].text?.contains("--again") == true, "\(run)")
            let details = error["details"]
            #expect(details["operation"] == "3" && details["amount"] == "20.50" && details["status"] == "succeeded")
            let document = try #require(details["document_id"].text)
            #expect(document.hasSuffix("-2") && details["invoice_id"].text.map(document.hasPrefix) == true)
            try await stage.qrpay(refund + ["--again"]).succeeded()
            try await stage.qrpay(refund + ["--idempotency-key", "third"]).succeeded()
            stage.clock.advance(bySeconds: 61)
            #expect(try await stage.qrpay(refund + ["--json"]).succeeded().json()["refunded"] == "82.00")
        }
    }

    @Test func `unpaid orders expire`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            stage.clock.advance(bySeconds: 7201)
            await stage.expectFailure(["pay", id, "--uid", "u", "--method", "card-approve"], 4, "order_expired")
            try await stage.qrpay("work", "--drain", "--kind", "order.expire").succeeded()
            let shown = try await stage.shown(id)
            #expect(shown["status"] == "EXPIRED" && shown["iiko_status"] == "CANCELED")
        }
    }
}
