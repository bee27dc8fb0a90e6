import FiscalReceipts
import JSONKit
package import PaymentCore
package import PaymentPartners
package import WorldKit

/// The clients' protocols over the partners' rules: the effect of each request on the models.
///
/// Conforming types decide how a request and its response are transmitted.
package protocol ModelledPartners: EdaClient, TransactionsClient, CardstorageClient, CashbackClient, CheckClient,
    ObjectStorage
{
    /// Performs one request: an atomic step on the models.
    func perform<Value: Sendable>(
        _ action: PartnerAction,
        _ body: @escaping @Sendable (inout PartnerKnowledge, Instant) throws -> PartnerReply<Value>
    ) async throws -> Value

    /// Receipt JSON in, PDF out.
    func pdf(of receipt: [UInt8]) throws(PartnerRefusal) -> [UInt8]
}

/// The state of all partners.
package struct PartnerKnowledge: Hashable, Sendable {
    package var eda: EdaModel
    package var transactions: TransactionsModel
    package var cardstorage = CardstorageModel()
    package var cashback = CashbackModel()
    package var objects = ObjectModel()

    /// - Parameter settings: only the delays are used here.
    package init(_ settings: SandboxSettings) {
        eda = EdaModel(receiptDelaySeconds: settings.receiptDelaySeconds)
        transactions = TransactionsModel(slowSeconds: settings.slowCardSeconds)
    }
}

/// The result of a request.
package struct PartnerReply<Value: Sendable>: Sendable {
    package var value: Value
    /// What is to be reported, in order.
    package var callbacks: [PaymentCallback] = []
    /// The effect happened, but the caller must not receive the response (``Card/lost``).
    package var isAnswerLost = false

    package init(_ value: Value) { self.value = value }
}

extension PartnerReply<PaymentOperation> {
    init(_ outcome: TransactionsModel.Outcome) {
        self.init(outcome.operation)
        callbacks = outcome.callbacks
        isAnswerLost = outcome.isAnswerLost
    }
}

extension ModelledPartners {
    package func createOrder(_ order: EdaOrder) async throws {
        try await perform(.createOrder(edaOrderID: order.edaOrderID)) { models, _ in
            PartnerReply(try models.eda.createOrder(order))
        }
    }

    package func pushItems(_ document: ReceiptDocument) async throws {
        try await perform(.pushItems(documentID: document.documentID)) { models, now in
            PartnerReply(try models.eda.pushItems(document, now: now))
        }
    }

    package func receipt(documentID: String) async throws -> [UInt8]? {
        try await perform(.receipt(documentID: documentID)) { models, now in
            PartnerReply(try models.eda.receipt(documentID: documentID, now: now).map { try JSON.message($0) })
        }
    }

    package func createInvoice(_ invoice: InvoiceRequest) async throws {
        try await perform(.createInvoice(invoiceID: invoice.invoiceID)) { models, _ in
            _ = try models.transactions.createInvoice(invoice)
            return PartnerReply(())
        }
    }

    package func start(_ request: OperationRequest) async throws -> PaymentOperation {
        let action = PartnerAction.start(invoiceID: request.invoiceID, number: request.number, kind: request.kind)
        return try await perform(action) { models, now in
            PartnerReply(try models.transactions.start(request, now: now))
        }
    }

    package func void(invoiceID: String, hold number: Int) async throws -> PaymentOperation {
        try await perform(.void(invoiceID: invoiceID, number: number)) { models, _ in
            PartnerReply(try models.transactions.void(invoiceID: invoiceID, hold: number))
        }
    }

    package func invoice(id: String) async throws -> Invoice? {
        try await perform(.invoice(invoiceID: id)) { models, _ in
            PartnerReply(models.transactions.invoice(id: id))
        }
    }

    package func paymentMethods(uid: String) async throws -> [PaymentMethod] {
        try await perform(.paymentMethods(uid: uid)) { models, _ in
            PartnerReply(models.cardstorage.paymentMethods(uid: uid))
        }
    }

    package func post(_ entry: CashbackEntry) async throws {
        try await perform(.postCashback(key: entry.key)) { models, now in
            _ = try models.cashback.post(entry, now: now)
            return PartnerReply(())
        }
    }

    package func ledgerPages(
        orderID: String?, since: Instant?, until: Instant?,
        _ receive: ([CashbackLedgerRow]) async throws -> Void
    ) async throws {
        let rows = try await perform(.ledger) { models, _ in
            let page = models.cashback.page(orderID: orderID, since: since, until: until, cursor: nil, limit: .max)
            return PartnerReply(try page.entries.map { try $0.row() })
        }
        try await receive(rows)
    }

    package func renderPDF(receipt json: [UInt8]) async throws -> [UInt8] {
        try await perform(.renderPDF) { [self] _, _ in PartnerReply(try pdf(of: json)) }
    }

    package func exists(key: String) async throws -> Bool {
        try await perform(.objectExists(key: key)) { models, _ in
            PartnerReply(models.objects.objects[key] != nil)
        }
    }

    package func put(key: String, body: [UInt8], contentType: String) async throws {
        try await perform(.putObject(key: key)) { models, _ in
            PartnerReply(try models.objects.put(key: key, body: body, contentType: contentType))
        }
    }

    package func get(key: String) async throws -> [UInt8] {
        try await perform(.getObject(key: key)) { models, _ in
            PartnerReply(Array(try models.objects.get(key: key).body))
        }
    }

    package func presignedURL(key: String, expiresInSeconds: Int, now: Instant) throws -> String {
        "memory:/\(key)?expires_at=\(now.advanced(bySeconds: Double(expiresInSeconds)).rfc3339)"
    }
}
