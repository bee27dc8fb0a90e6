import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import SigningKit
import Testing
import WorldKit

/// Every call of every client, so that a rule can be tested on all of them.
struct PartnerCallCase: Sendable, CustomTestStringConvertible {
    var name: String
    var partner: Partner
    /// Whether a 200 without JSON is an unusable response.
    var answersJSON = true
    /// Whether 404 is a response and not an error.
    var toleratesNotFound = false
    var perform: @Sendable (any HTTPTransport) async throws -> Void

    var testDescription: String { name }
}

enum Sample {
    static let endpoint = PartnerEndpoint(baseURL: "http://partner:81/base/")
    static let amount = Money(minorUnits: 12_050, currency: .rub)
    static let line = BillLine(name: "Борщ", quantity: Quantity(millionths: 1_500_000), amount: amount)
    static let order = EdaOrder(
        edaOrderID: "eda-1", orderID: "order-1", clientID: "client-1", uid: "u1", amount: amount, lines: [line])
    static let document = ReceiptDocument(
        documentID: "eda-1-1", edaOrderID: "eda-1", kind: .payment, sellerName: "Кафе", amount: amount, lines: [line])
    static let invoice = InvoiceRequest(
        invoiceID: "eda-1", orderID: "order-1", uid: "u1", amount: amount, callbackURL: "http://127.0.0.1/cb")
    static let hold = OperationRequest(
        invoiceID: "eda-1", number: 2, kind: .hold, amount: amount, paymentMethodID: "card-approve")
    static let entry = CashbackEntry(key: "order-1:1", orderID: "order-1", uid: "u1", kind: .accrual, amount: amount)
    static let now = Instant(microseconds: 1_767_225_600_250_000)

    static func s3(_ transport: any HTTPTransport, endpoint: PartnerEndpoint = endpoint) -> S3Client {
        S3Client(
            endpoint: endpoint, bucket: "receipts", region: "local",
            credentials: AWSCredentials(accessKeyID: "key", secretAccessKey: "secret"), transport: transport,
            now: { now })
    }

    static let calls: [PartnerCallCase] = [
        PartnerCallCase(name: "eda.createOrder", partner: .eda) {
            try await HTTPEdaClient(endpoint: endpoint, transport: $0).createOrder(order)
        },
        PartnerCallCase(name: "eda.pushItems", partner: .eda) {
            try await HTTPEdaClient(endpoint: endpoint, transport: $0).pushItems(document)
        },
        PartnerCallCase(name: "eda.receipt", partner: .eda, toleratesNotFound: true) {
            _ = try await HTTPEdaClient(endpoint: endpoint, transport: $0).receipt(documentID: "eda-1-1")
        },
        PartnerCallCase(name: "transactions.createInvoice", partner: .transactions) {
            try await HTTPTransactionsClient(endpoint: endpoint, transport: $0).createInvoice(invoice)
        },
        PartnerCallCase(name: "transactions.start", partner: .transactions) {
            _ = try await HTTPTransactionsClient(endpoint: endpoint, transport: $0).start(hold)
        },
        PartnerCallCase(name: "transactions.void", partner: .transactions) {
            _ = try await HTTPTransactionsClient(endpoint: endpoint, transport: $0).void(invoiceID: "eda-1", hold: 2)
        },
        PartnerCallCase(name: "transactions.invoice", partner: .transactions, toleratesNotFound: true) {
            _ = try await HTTPTransactionsClient(endpoint: endpoint, transport: $0).invoice(id: "eda-1")
        },
        PartnerCallCase(name: "cardstorage.paymentMethods", partner: .cardstorage, toleratesNotFound: true) {
            _ = try await HTTPCardstorageClient(endpoint: endpoint, transport: $0).paymentMethods(uid: "u1")
        },
        PartnerCallCase(name: "cashback.post", partner: .cashback) {
            try await HTTPCashbackClient(endpoint: endpoint, transport: $0).post(entry)
        },
        PartnerCallCase(name: "cashback.ledger", partner: .cashback) {
            _ = try await HTTPCashbackClient(endpoint: endpoint, transport: $0)
                .ledger(orderID: "order-1", since: nil, until: nil)
        },
        PartnerCallCase(name: "check.renderPDF", partner: .check) {
            _ = try await HTTPCheckClient(endpoint: endpoint, transport: $0).renderPDF(receipt: Array("{}".utf8))
        },
        PartnerCallCase(name: "s3.exists", partner: .s3, answersJSON: false, toleratesNotFound: true) {
            _ = try await s3($0).exists(key: "order-1/eda-1-1.pdf")
        },
        PartnerCallCase(name: "s3.put", partner: .s3, answersJSON: false) {
            try await s3($0).put(key: "order-1/eda-1-1.pdf", body: [1, 2], contentType: "application/pdf")
        },
        PartnerCallCase(name: "s3.get", partner: .s3, answersJSON: false) {
            _ = try await s3($0).get(key: "order-1/eda-1-1.pdf")
        },
    ]
}
