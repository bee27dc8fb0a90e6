package import QRPayDomain
package import QRPayPartners

extension InMemoryPartners: EdaClient {
    package func createOrder(_ order: EdaOrder) async throws {
        try await perform(.createOrder(edaOrderID: order.edaOrderID)) { models, _ in try models.eda.createOrder(order) }
    }

    package func pushItems(_ document: ReceiptDocument) async throws {
        try await perform(.pushItems(documentID: document.documentID)) { models, now in
            try models.eda.pushItems(document, now: now)
        }
    }

    package func receipt(documentID: String) async throws -> [UInt8]? {
        try await perform(.receipt(documentID: documentID)) { models, now in
            try models.eda.receipt(documentID: documentID, now: now).map { try WireJSON.encode($0) }
        }
    }
}

extension InMemoryPartners: TransactionsClient {
    package func createInvoice(_ invoice: InvoiceRequest) async throws {
        _ = try await perform(.createInvoice(invoiceID: invoice.invoiceID)) { models, _ in
            try models.transactions.createInvoice(invoice)
        }
    }

    package func start(_ request: OperationRequest) async throws -> PaymentOperation {
        let action = PartnerAction.start(invoiceID: request.invoiceID, number: request.number, kind: request.kind)
        return try await transact(action) { model, now in try model.start(request, now: now) }
    }

    package func void(invoiceID: String, hold number: Int) async throws -> PaymentOperation {
        try await transact(.void(invoiceID: invoiceID, number: number)) { model, _ in
            try model.void(invoiceID: invoiceID, hold: number)
        }
    }

    package func invoice(id: String) async throws -> Invoice? {
        try await perform(.invoice(invoiceID: id)) { models, _ in models.transactions.invoice(id: id) }
    }
}

extension InMemoryPartners: CardstorageClient {
    package func paymentMethods(uid: String) async throws -> [PaymentMethod] {
        try await perform(.paymentMethods(uid: uid)) { models, _ in models.cardstorage.paymentMethods(uid: uid) }
    }
}

extension InMemoryPartners: CashbackClient {
    package func post(_ entry: CashbackEntry) async throws {
        _ = try await perform(.postCashback(key: entry.key)) { models, now in
            try models.cashback.post(entry, now: now)
        }
    }

    package func ledger(orderID: String?, since: Instant?, until: Instant?) async throws -> [CashbackLedgerRow] {
        try await perform(.ledger) { models, _ in
            let page = models.cashback.page(orderID: orderID, since: since, until: until, cursor: nil, limit: .max)
            return try page.entries.map { try $0.row() }
        }
    }
}

extension InMemoryPartners: CheckClient {
    package func renderPDF(receipt json: [UInt8]) async throws -> [UInt8] {
        try await perform(.renderPDF) { [self] _, _ in try pdf(of: json) }
    }
}

extension InMemoryPartners: ObjectStorage {
    package func exists(key: String) async throws -> Bool {
        try await perform(.objectExists(key: key)) { models, _ in models.objects.objects[key] != nil }
    }

    package func put(key: String, body: [UInt8], contentType: String) async throws {
        try await perform(.putObject(key: key)) { models, _ in
            try models.objects.put(key: key, body: body, contentType: contentType)
        }
    }

    package func get(key: String) async throws -> [UInt8] {
        try await perform(.getObject(key: key)) { models, _ in Array(try models.objects.get(key: key).body) }
    }

    package func presignedURL(key: String, expiresInSeconds: Int, now: Instant) throws -> String {
        "memory:/\(key)?expires_at=\(now.advanced(bySeconds: Double(expiresInSeconds)).rfc3339)"
    }
}
