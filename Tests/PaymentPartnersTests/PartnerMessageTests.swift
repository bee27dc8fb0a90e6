import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import SigningKit
import TestSupport
import Testing
import WorldKit

/// The clients send and read messages as the partners have them: golden files, which the sandbox is tested with too.
@Suite struct PartnerMessageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var exchange: String
        /// What the client makes of the response: a description of the value, or `error:` and the error's code.
        var outcome: String
        var perform: @Sendable (any HTTPTransport) async throws -> String

        var testDescription: String { exchange }

        init(
            _ exchange: String, _ outcome: String,
            _ perform: @escaping @Sendable (any HTTPTransport) async throws -> String
        ) {
            self.exchange = exchange
            self.outcome = outcome
            self.perform = perform
        }
    }

    private static let endpoint = PartnerEndpoint(baseURL: "http://partner")
    private static let id = "7b1e0c52f4a94d17"

    private static func roubles(_ kopecks: Int64) -> Money { Money(minorUnits: kopecks, currency: .rub) }

    private static let lines = [
        BillLine(name: "Сырники со сметаной", quantity: Quantity(millionths: 2_000_000), amount: roubles(840_00)),
        BillLine(name: "Капучино, 300 мл", quantity: nil, amount: roubles(450_00)),
        BillLine(name: "Скидка", quantity: nil, amount: roubles(-50_00)),
    ]

    // MARK: Calls

    private static func order(_ amount: Int64 = 1240_00) -> @Sendable (any HTTPTransport) async throws -> String {
        {
            try await HTTPEdaClient(endpoint: endpoint, transport: $0).createOrder(
                EdaOrder(
                    edaOrderID: id, orderID: "a3f09d6c", clientID: "cafe-rosemary", uid: "4007123456",
                    amount: roubles(amount), lines: lines))
            return "done"
        }
    }

    private static func items(
        _ version: Int = 1, _ amount: Int64 = 1240_00, prepaid: Int64 = 0, lines: [BillLine] = lines
    ) -> @Sendable (any HTTPTransport) async throws -> String {
        {
            try await HTTPEdaClient(endpoint: endpoint, transport: $0).pushItems(
                ReceiptDocument(
                    documentID: "\(id)-\(version)", edaOrderID: id, kind: version == 1 ? .payment : .refund,
                    sellerName: "Кафе «Розмарин»", amount: roubles(amount), prepaid: roubles(prepaid), lines: lines))
            return "done"
        }
    }

    private static let receipt: @Sendable (any HTTPTransport) async throws -> String = {
        let body = try await HTTPEdaClient(endpoint: endpoint, transport: $0).receipt(documentID: "\(id)-1")
        return try body.map { "total \(try ReceivedJSON($0)["totalSum"].json)" } ?? "nil"
    }

    private static func invoice(uid: String = "4007123456") -> @Sendable (any HTTPTransport) async throws -> String {
        {
            try await HTTPTransactionsClient(endpoint: endpoint, transport: $0).createInvoice(
                InvoiceRequest(
                    invoiceID: id, orderID: "a3f09d6c", uid: uid, amount: roubles(1240_00),
                    callbackURL: "http://127.0.0.1:8780/4.0/payments/v1/callback?token=5f1d"))
            return "done"
        }
    }

    private static func start(
        _ number: Int, _ kind: PaymentOperation.Kind, _ amount: Int64 = 1240_00, _ card: String? = nil
    ) -> @Sendable (any HTTPTransport) async throws -> String {
        {
            let request = OperationRequest(
                invoiceID: id, number: number, kind: kind, amount: roubles(amount), paymentMethodID: card)
            return text(try await HTTPTransactionsClient(endpoint: endpoint, transport: $0).start(request))
        }
    }

    private static func text(_ operation: PaymentOperation) -> String {
        "\(operation.number) \(operation.kind.rawValue) \(operation.amount) \(operation.status.rawValue)"
            + (operation.reason.map { " \($0)" } ?? "")
    }

    private static let known: @Sendable (any HTTPTransport) async throws -> String = {
        guard let invoice = try await HTTPTransactionsClient(endpoint: endpoint, transport: $0).invoice(id: id) else {
            return "nil"
        }
        return "\(invoice.orderID) \(invoice.uid) \(invoice.held) \(invoice.captured) \(invoice.refunded): "
            + invoice.operations.map(text).joined(separator: ", ")
    }

    private static func methods(uid: String = "4007123456") -> @Sendable (any HTTPTransport) async throws -> String {
        {
            try await HTTPCardstorageClient(endpoint: endpoint, transport: $0).paymentMethods(uid: uid)
                .map { "\($0.id): \($0.title)" }.joined(separator: ", ")
        }
    }

    private static func post(
        _ kind: CashbackEntry.Kind, _ key: String, _ amount: Int64
    ) -> @Sendable (any HTTPTransport) async throws -> String {
        {
            try await HTTPCashbackClient(endpoint: endpoint, transport: $0).post(
                CashbackEntry(
                    key: "a3f09d6c:\(key)", orderID: "a3f09d6c", uid: "4007123456", kind: kind,
                    amount: roubles(amount)))
            return "done"
        }
    }

    private static let ledger: @Sendable (any HTTPTransport) async throws -> String = {
        try await HTTPCashbackClient(endpoint: endpoint, transport: $0)
            .ledger(orderID: "a3f09d6c", since: nil, until: nil)
            .map { "\($0.id) \($0.entry.kind.rawValue) \($0.entry.amount) at \($0.at.rfc3339)" }
            .joined(separator: ", ")
    }

    private static func pdf(of exchange: String) -> @Sendable (any HTTPTransport) async throws -> String {
        {
            let json = try PartnerExchange(exchange).request.body
            let pdf = try await HTTPCheckClient(endpoint: endpoint, transport: $0).renderPDF(receipt: json)
            return String(decoding: pdf.prefix(8), as: UTF8.self)
        }
    }

    private static func s3(
        _ bucket: String = "receipts", _ call: @escaping @Sendable (S3Client, String) async throws -> String
    ) -> @Sendable (any HTTPTransport) async throws -> String {
        { transport in
            let client = S3Client(
                endpoint: endpoint, bucket: bucket, region: "local",
                credentials: .init(accessKeyID: "key", secretAccessKey: "secret"), transport: transport,
                now: { Sample.now })
            return try await call(client, "a3f09d6c/\(id)-1.pdf")
        }
    }

    private static let get = s3 { String(decoding: try await $0.get(key: $1), as: UTF8.self) }
    private static let head = s3 { "\(try await $0.exists(key: $1))" }
    private static let put = s3 {
        try await $0.put(key: $1, body: Array("%PDF-1.7 %%EOF".utf8), contentType: "application/pdf")
        return "done"
    }

    // MARK: Cases

    static let cases: [Case] = [
        Case("eda/create-order", "done", order()),
        Case("eda/create-order.unknown-fields", "done", order()),
        Case("eda/create-order.reused", "error: rejected(status: 409, code: \"key_reused\")", order(1241_00)),
        Case("eda/create-order.bad-gateway", "error: serverError(status: 502)", order()),
        Case("eda/push-items", "done", items()),
        Case("eda/push-items.prepaid", "done", items(1, 740_00, prepaid: 500_00)),
        Case("eda/push-items.refund", "done", items(2, 450_00, lines: [lines[1]])),
        Case("eda/push-items.unknown-order", "error: rejected(status: 409, code: \"unknown_order\")", items()),
        Case("eda/receipt", "total 124000", receipt), Case("eda/receipt.not-yet", "nil", receipt),
        Case("eda/receipt.unavailable", "error: serverError(status: 503)", receipt),
        Case("transactions/create-invoice", "done", invoice()),
        Case(
            "transactions/create-invoice.reused", "error: rejected(status: 409, code: \"key_reused\")",
            invoice(uid: "4007999999")),
        Case("transactions/create-invoice.overloaded", "error: serverError(status: 429)", invoice()),
        Case("transactions/hold", "1 hold 1240.00 RUB succeeded", start(1, .hold, 1240_00, "card-approve")),
        Case(
            "transactions/hold.declined", "1 hold 1240.00 RUB failed declined", start(1, .hold, 1240_00, "card-decline")
        ),
        Case("transactions/hold.pending", "1 hold 1240.00 RUB pending", start(1, .hold, 1240_00, "card-3ds")),
        Case(
            "transactions/hold.short-amount", "1 hold 1240.00 RUB succeeded", start(1, .hold, 1240_00, "card-approve")),
        Case("transactions/hold.amount-as-number", "error: malformed", start(1, .hold, 1240_00, "card-approve")),
        Case(
            "transactions/hold.unknown-method", "error: rejected(status: 422, code: \"unknown_payment_method\")",
            start(1, .hold, 1240_00, "card-unknown")),
        Case(
            "transactions/hold.unknown-invoice", "error: rejected(status: 404, code: \"unknown_invoice\")",
            start(1, .hold, 1240_00, "card-approve")),
        Case(
            "transactions/hold.reused", "error: rejected(status: 409, code: \"key_reused\")",
            start(1, .hold, 1200_00, "card-approve")),
        Case(
            "transactions/hold.bad-gateway", "error: serverError(status: 502)",
            start(1, .hold, 1240_00, "card-approve")),
        Case("transactions/clear", "2 clear 1240.00 RUB succeeded", start(2, .clear)),
        Case("transactions/refund", "3 refund 190.00 RUB succeeded", start(3, .refund, 190_00)),
        Case(
            "transactions/refund.late", "error: rejected(status: 422, code: \"refund_window_closed\")",
            start(3, .refund, 190_00)),
        Case("transactions/void", "1 hold 1240.00 RUB voided") {
            text(try await HTTPTransactionsClient(endpoint: endpoint, transport: $0).void(invoiceID: id, hold: 1))
        },
        Case(
            "transactions/invoice",
            "a3f09d6c 4007123456 0.00 RUB 1240.00 RUB 190.00 RUB: 1 hold 1240.00 RUB succeeded, "
                + "2 clear 1240.00 RUB succeeded, 3 refund 190.00 RUB succeeded", known),
        Case("transactions/invoice.unknown", "nil", known),
        Case("transactions/invoice.no-route", "error: rejected(status: 404, code: \"http_404\")", known),
        Case("cardstorage/payment-methods", "card-approve: Visa •• 4242, card-3ds: Mir •• 3220", methods()),
        Case("cardstorage/payment-methods.none", "", methods()),
        Case("cardstorage/payment-methods.unknown-user", "", methods()),
        Case("cardstorage/payment-methods.another-user", "error: malformed", methods()),
        Case("cashback/accrue", "done", post(.accrual, "accrual:1", 372_00)),
        Case("cashback/accrue.local-time", "done", post(.accrual, "accrual:1", 372_00)),
        Case(
            "cashback/accrue.reused", "error: rejected(status: 409, code: \"key_reused\")",
            post(.accrual, "accrual:1", 371_00)),
        Case("cashback/claw-back", "done", post(.clawback, "clawback:3", 57_00)),
        Case(
            "cashback/ledger",
            "cb-a3f09d6c:accrual:1 accrual 372.00 RUB at 2026-01-31T20:16:02.123Z, "
                + "cb-a3f09d6c:clawback:3 clawback 57.00 RUB at 2026-01-31T20:17:44.001Z", ledger),
        Case("cashback/ledger.empty", "", ledger),
        Case("cashback/ledger.unavailable", "error: serverError(status: 502)", ledger),
        Case("check/pdf", "%PDF-1.7", pdf(of: "check/pdf")),
        Case("check/pdf.cut-off", "error: malformed", pdf(of: "check/pdf.cut-off")),
        Case(
            "check/pdf.bad-receipt", "error: rejected(status: 422, code: \"bad_receipt\")",
            pdf(of: "check/pdf.bad-receipt")),
        Case("s3/put", "done", put), Case("s3/put.slow-down", "error: serverError(status: 503)", put),
        Case("s3/head", "true", head), Case("s3/head.missing", "false", head), Case("s3/get", "%PDF-1.7 %%EOF", get),
        Case("s3/get.missing", "error: rejected(status: 404, code: \"NoSuchKey\")", get),
        Case("s3/get.denied", "error: rejected(status: 403, code: \"SignatureDoesNotMatch\")", get),
        Case(
            "s3/get.no-bucket", "error: rejected(status: 404, code: \"NoSuchBucket\")",
            s3("bucket-of-others") { String(decoding: try await $0.get(key: $1), as: UTF8.self) }),
    ]

    /// Those that a partner sends to us, and those that no client sends.
    private static let others: Set<String> = [
        "transactions/callback", "transactions/callback.declined", "cardstorage/payment-methods.no-user",
    ]

    @Test(arguments: cases)
    func `a client sends the partner's request and reads its response`(_ example: Case) async throws {
        let exchange = try PartnerExchange(example.exchange)
        let headers = HTTPHeaders(exchange.response.headers.map { ($0.name, $0.value) })
        let transport = ScriptedTransport(
            .answer(HTTPResponse(status: exchange.response.status, headers: headers, body: exchange.response.body)))
        var outcome: String
        do { outcome = try await example.perform(transport) } catch let error as PartnerError {
            outcome = "error: \(error.code)"
        }
        #expect(outcome == example.outcome)

        let sent = try #require(await transport.sent.first)
        #expect("\(sent.method) \(sent.url)" == "\(exchange.request.method) http://partner\(exchange.request.target)")
        for (name, value) in exchange.request.headers { #expect(sent.headers[name] == value, "\(name)") }
        if exchange.request.hasJSON {
            #expect(try ReceivedJSON(sent.body).differences(from: exchange.request.json()).isEmpty)
        } else {
            #expect(sent.body == exchange.request.body)
        }
    }

    @Test(arguments: Partner.allCases)
    func `every exchange of a partner has a case`(_ partner: Partner) throws {
        let known = Set(Self.cases.map(\.exchange)).union(Self.others)
        #expect(try Set(PartnerExchange.names(of: partner.rawValue)).subtracting(known).isEmpty)
    }

    @Test(arguments: [
        ("transactions/callback", "7b1e0c52f4a94d17.1.succeeded", "1 hold 1240.00 RUB succeeded"),
        ("transactions/callback.declined", "7b1e0c52f4a94d17.1.failed", "1 hold 1240.00 RUB failed declined"),
    ])
    func `a callback is read`(name: String, eventID: String, operation: String) throws {
        let callback = try PaymentCallback(json: try PartnerExchange(name).request.body)
        #expect(callback.eventID == eventID && callback.invoiceID == Self.id)
        #expect(Self.text(callback.operation) == operation)
    }

    @Test func `a field that is missing or has another name is noticed`() throws {
        let golden = try PartnerExchange("transactions/hold").request.json()
        var members = golden.members
        members["payment_method"] = members.removeValue(forKey: "payment_method_id")
        #expect(
            ReceivedJSON.object(members).differences(from: golden) == [
                "$.payment_method: not in the golden message", "$.payment_method_id: missing",
            ])
        #expect(golden.differences(from: golden).isEmpty)
    }
}
