import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Testing

/// What a tester can change in the partners, and how the sandbox responds to invalid requests.
@Suite(.timeLimit(.minutes(5))) struct ControlTests {
    @Test func `corrupts an accrual`() async throws {
        try await SandboxFixture.run { fixture async throws in
            let entry = CashbackEntry(
                key: "k", orderID: "o", uid: "u", kind: .accrual, amount: SandboxFixture.amount)
            try await fixture.cashback.post(entry)
            let rows = try await fixture.cashback.ledger(orderID: "o", since: nil, until: nil)
            let id = try #require(rows.first?.id)
            let answer = try await fixture.send("PUT", "/sandbox/cashback/entries/\(id)", #"{"amount":"0.01"}"#)
            #expect(answer.status == 200)
            let changed = try await fixture.cashback.ledger(orderID: "o", since: nil, until: nil)
            #expect(changed.map(\.entry.amount.decimal) == ["0.01"])
            #expect(changed.map(\.entry.uid) == ["u"])
            #expect(try await fixture.send("DELETE", "/sandbox/cashback/entries/\(id)").status == 204)
            #expect(try await fixture.send("DELETE", "/sandbox/cashback/entries/\(id)").status == 404)
        }
    }

    @Test func `delivers reports again`() async throws {
        try await SandboxFixture.run { fixture async throws in
            _ = try await fixture.hold(card: .lapse)
            _ = try await fixture.start(2, .clear)
            let path = "/sandbox/transactions/invoices/e/callbacks?reversed=true&copies=2"
            let answer = try await fixture.send("POST", path)
            #expect(String(decoding: answer.body, as: UTF8.self) == #"{"acknowledged":6,"sent":6}"#)
            var counts: [String: Int] = [:]
            for await callback in fixture.callbacks {
                counts[callback.eventID, default: 0] += 1
                if counts.values.reduce(0, +) == 9 { break }
            }
            #expect(counts == ["e.1.succeeded": 3, "e.1.lapsed": 3, "e.2.failed": 3])
            #expect(try await fixture.send("POST", "/sandbox/transactions/invoices/f/callbacks").status == 404)
        }
    }

    @Test func `confirms an abandoned payment`() async throws {
        try await SandboxFixture.run { fixture async throws in
            #expect(try await fixture.hold(card: .threeDS).status == .pending)
            let path = "/sandbox/transactions/invoices/e/operations/1"
            #expect(try await fixture.send("PUT", path, #"{"status":"succeeded"}"#).status == 200)
            #expect(try await fixture.send("PUT", path, #"{"status":"failed"}"#).status == 409)
            #expect(await fixture.callbacks.first { _ in true }?.eventID == "e.1.succeeded")
        }
    }

    @Test func `callbacks are tried until acknowledged`() async throws {
        try await SandboxFixture.run { fixture async throws in
            try await fixture.transactions.createInvoice(
                InvoiceRequest(
                    invoiceID: "e", orderID: "o", uid: "u", amount: SandboxFixture.amount,
                    // The port is closed: every attempt fails.
                    callbackURL: "http://127.0.0.1:1/"))
            let hold = OperationRequest(
                invoiceID: "e", number: 1, kind: .hold, amount: SandboxFixture.amount,
                paymentMethodID: Card.approve.rawValue)
            #expect(try await fixture.transactions.start(hold).status == .succeeded, "a lost report is no failure")
            for _ in 1..<5 {
                await fixture.clock.untilWaiting()
                fixture.clock.advance(bySeconds: 2)
            }
        }
    }

    @Test(arguments: [
        ("PUT", "/eda/v1/orders/e", "", 400), ("PUT", "/eda/v1/orders/e", "[1", 400),
        ("PUT", "/eda/v1/orders/..", "{}", 400), ("PUT", "/eda/v1/orders/e", #"{"eda_order_id":"f"}"#, 400),
        ("DELETE", "/eda/v1/orders/e", "", 405), ("GET", "/eda/v1/documents/e-1/receipt", "", 404),
        ("GET", "/transactions/v1/invoices/nobody", "", 404),
        ("PUT", "/transactions/v1/invoices/e/operations/0", "{}", 400),
        ("PUT", "/transactions/v1/invoices/e/operations/99999999999999999999", "{}", 400),
        (
            "PUT", "/transactions/v1/invoices/e/operations/1",
            #"{"kind":"hold","amount":"1.00","currency":"RUB","payment_method_id":"card-approve"}"#, 404
        ),
        (
            "PUT", "/transactions/v1/invoices/e/operations/1",
            #"{"kind":"hold","amount":"92233720368547758.08","currency":"RUB"}"#, 400
        ),
        ("POST", "/transactions/v1/invoices/a%2Fb/operations/1/void", "{}", 400),
        ("GET", "/cardstorage/v1/payment_methods", "", 400), ("GET", "/cashback/v1/entries?since=yesterday", "", 400),
        ("PUT", "/cashback/v1/entries/k", #"{"key":"l"}"#, 400),
        ("PUT", "/sandbox/cashback/entries/new", #"{"amount":"1.00"}"#, 400),
        ("POST", "/sandbox/faults", #"{"partner":"eda","kind":"explode"}"#, 400),
        ("POST", "/sandbox/faults", #"{"partner":"bank","kind":"reset"}"#, 400),
        ("POST", "/sandbox/faults", #"{"partner":"eda","kind":"reset","probability":1.5}"#, 400),
        ("POST", "/sandbox/faults", #"{"partner":"eda","kind":"status","status":200}"#, 400),
        ("DELETE", "/sandbox/faults/7", "", 404), ("GET", "/", "", 404), ("GET", "/bank/v1", "", 404),
        ("POST", "/sandbox/transactions/invoices/e/callbacks?copies=1000000", "", 400),
    ])
    func `invalid control requests are refused`(method: String, path: String, body: String, status: Int) async throws {
        try await SandboxFixture.run { fixture async throws in
            let answer = try await fixture.send(method, path, body)
            #expect(answer.status == status)
            let problem = try JSON.message(PartnerProblem.self, from: answer.body)
            #expect(!problem.code.isEmpty)
        }
    }
}
