import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import Testing

/// What is sent over the wire, and which responses must not be trusted.
@Suite struct WireTests {
    static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    static let orderJSON = """
        {"amount":"120.50","client_id":"client-1","currency":"RUB","eda_order_id":"eda-1",\
        "lines":[{"amount":"120.50","name":"Борщ","quantity":"1.5"}],"order_id":"order-1","uid":"u1"}
        """
    static let holdJSON =
        #"{"number":2,"kind":"hold","amount":"120.5","currency":"RUB","status":"pending","reason":null}"#

    @Test func `sends an order`() async throws {
        let transport = ScriptedTransport(.json(Self.orderJSON))
        try await HTTPEdaClient(endpoint: Sample.endpoint, transport: transport).createOrder(Sample.order)
        let sent = try #require(await transport.sent.first)
        #expect(sent.method == "PUT")
        #expect(sent.url == "http://partner:81/base/v1/orders/eda-1")
        #expect(sent.headers["idempotency-key"] == "eda-1")
        #expect(Self.text(sent.body) == Self.orderJSON)
    }

    @Test func `starts a hold`() async throws {
        let transport = ScriptedTransport(.json(Self.holdJSON))
        let client = HTTPTransactionsClient(endpoint: Sample.endpoint, transport: transport)
        let operation = try await client.start(Sample.hold)
        #expect(operation == PaymentOperation(number: 2, kind: .hold, amount: Sample.amount, status: .pending))
        let sent = try #require(await transport.sent.first)
        #expect(sent.url == "http://partner:81/base/v1/invoices/eda-1/operations/2")
        #expect(sent.headers["Idempotency-Key"] == "eda-1:2")
        let expected = #"{"amount":"120.50","currency":"RUB","kind":"hold","payment_method_id":"card-approve"}"#
        #expect(Self.text(sent.body) == expected)
    }

    @Test(arguments: [
        ("another number", #""number":2"#, #""number":3"#),
        ("another kind", #""kind":"hold""#, #""kind":"clear""#),
        ("an unknown status", "pending", "maybe"),
        ("an amount too precise", "120.5", "120.500"),
        ("a number for an amount", #""120.5""#, "120.5"),
        ("a missing field", #""status":"pending","#, ""),
        ("a negative amount", "120.5", "-120.5"),
    ])
    func `refuses another operation`(name: String, from: String, to: String) async {
        let answer = Self.holdJSON.replacing(from, with: to)
        let client = HTTPTransactionsClient(endpoint: Sample.endpoint, transport: ScriptedTransport(.json(answer)))
        let error = await #expect(throws: PartnerError.self) { try await client.start(Sample.hold) }
        #expect(error?.code == .malformed, "\(name)")
    }

    @Test(arguments: [("another amount", "120.5", "120.51"), ("another currency", "RUB", "USD")])
    func `an operation of another amount is a contradiction`(name: String, from: String, to: String) async {
        let answer = Self.holdJSON.replacing(from, with: to)
        let client = HTTPTransactionsClient(endpoint: Sample.endpoint, transport: ScriptedTransport(.json(answer)))
        let error = await #expect(throws: PartnerError.self) { try await client.start(Sample.hold) }
        #expect(error?.code == .contradiction && error?.isOutcomeUnknown == true)
        #expect(error?.message.contains("hold 2 of 120.50 RUB was answered with") == true, "\(name)")
    }

    @Test(arguments: [("uid", "u1", "u2"), ("order", "order-1", "order-2"), ("amount", "120.50\"", "1.00\"")])
    func `refuses another order`(name: String, from: String, to: String) async {
        let answer = Self.orderJSON.replacing(from, with: to)
        let client = HTTPEdaClient(endpoint: Sample.endpoint, transport: ScriptedTransport(.json(answer)))
        let error = await #expect(throws: PartnerError.self) { try await client.createOrder(Sample.order) }
        #expect(error?.code == .malformed, "\(name)")
    }

    @Test func `refuses another invoice and two operations of one number`() async {
        let invoice =
            #"{"invoice_id":"ID","order_id":"o","uid":"u","currency":"RUB","amount":"1","held":"0","#
            + #""captured":"0","refunded":"0","operations":[OPS]}"#
        for (id, operations) in [("eda-2", ""), ("eda-1", "\(Self.holdJSON),\(Self.holdJSON)")] {
            let answer = invoice.replacing("ID", with: id).replacing("OPS", with: operations)
            let client = HTTPTransactionsClient(endpoint: Sample.endpoint, transport: ScriptedTransport(.json(answer)))
            let error = await #expect(throws: PartnerError.self) { try await client.invoice(id: "eda-1") }
            #expect(error?.code == .malformed)
        }
    }

    static func row(_ id: String, order: String = "order-1") -> String {
        #"{"id":"\#(id)","key":"k\#(id)","order_id":"\#(order)","uid":"u1","kind":"accrual","amount":"1.00","#
            + #""currency":"RUB","at":"2026-01-01T00:00:0\#(id)Z"}"#
    }

    @Test func `follows pages`() async throws {
        let transport = ScriptedTransport(
            .json(#"{"entries":[\#(Self.row("2")),\#(Self.row("1"))],"next_cursor":"a b"}"#),
            .json(#"{"entries":[\#(Self.row("3"))]}"#))
        let client = HTTPCashbackClient(endpoint: Sample.endpoint, transport: transport)
        let rows = try await client.ledger(orderID: "order-1", since: Sample.now, until: nil)
        #expect(rows.map(\.id) == ["1", "2", "3"])
        let query = "order_id=order-1&since=2026-01-01T00%3A00%3A00.250Z"
        #expect(
            await transport.sent.map(\.url) == [
                "http://partner:81/base/v1/entries?\(query)", "http://partner:81/base/v1/entries?\(query)&cursor=a%20b",
            ])
    }

    @Test func `refuses a ledger of other orders or without end`() async {
        let page = #"{"entries":[\#(Self.row("1"))],"next_cursor":"a"}"#
        let scripts = [
            ScriptedTransport(.json(page), .json(page)),
            ScriptedTransport(.json(#"{"entries":[\#(Self.row("1", order: "order-2"))]}"#)),
        ]
        for transport in scripts {
            let client = HTTPCashbackClient(endpoint: Sample.endpoint, transport: transport)
            let error = await #expect(throws: PartnerError.self) {
                try await client.ledger(orderID: "order-1", since: nil, until: nil)
            }
            #expect(error?.code == .malformed)
        }
    }

    @Test func `counts pages`() async {
        let transport = ScriptedTransport(
            .json(#"{"entries":[],"next_cursor":"a"}"#), .json(#"{"entries":[],"next_cursor":"b"}"#))
        let client = HTTPCashbackClient(endpoint: Sample.endpoint, transport: transport, maximumPages: 2)
        let error = await #expect(throws: PartnerError.self) {
            try await client.ledger(orderID: nil, since: nil, until: nil)
        }
        #expect(error?.code == .malformed)
    }

    @Test(arguments: [
        ("%PDF-1.4 … %%EOF\r\n", true), ("%PDF-1.4 %%EOF", true), ("%PDF-1.4", false), (" %PDF-1.4 %%EOF", false),
        ("%PDF-1.4 %%EOF more", false), ("", false),
    ])
    func `accepts only a whole PDF`(body: String, isPDF: Bool) async throws {
        let client = HTTPCheckClient(endpoint: Sample.endpoint, transport: ScriptedTransport(.json(body)))
        let pdf = try? await client.renderPDF(receipt: Array("{}".utf8))
        #expect(pdf.map(Self.text) == (isPDF ? body : nil))
    }

    @Test func `a callback is encoded and decoded`() throws {
        let callback = PaymentCallback(
            eventID: "eda-1.2.failed", invoiceID: "eda-1",
            operation: PaymentOperation(
                number: 2, kind: .hold, amount: Sample.amount, status: .failed, reason: "declined"))
        #expect(try PaymentCallback(json: try callback.json()) == callback)
    }

    @Test(arguments: [
        ("event_id", #"{"invoice_id":"i","operation":OP}"#),
        ("event_id", #"{"event_id":"","invoice_id":"i","operation":OP}"#),
        ("invoice_id", #"{"event_id":"e","invoice_id":"../i","operation":OP}"#),
        ("operation", #"{"event_id":"e","invoice_id":"i"}"#),
        ("operation.kind", #"{"event_id":"e","invoice_id":"i","operation":{"number":1,"kind":"steal"}}"#),
        ("", "[]]"),
    ])
    func `an invalid callback is refused with its field`(field: String, json: String) {
        let body = Array(json.replacing("OP", with: Self.holdJSON).utf8)
        let error = #expect(throws: FieldError.self) { try PaymentCallback(json: body) }
        #expect(error?.field == field)
    }
}
