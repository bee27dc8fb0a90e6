import FiscalReceipts
package import PaymentCore
import PaymentPartners
import QueueKit
import WorldKit

/// The receipt task: poll Eda, check, render, store, record.
struct ReceiptFetch: Sendable {
    private let services: Services

    init(_ services: Services) { self.services = services }

    func run(_ task: QueuedTask) async throws -> TaskOutcome {
        guard let orderID = task.orderID, let documentID = task.payload["document_id"] else {
            throw TaskError.badPayload(task.kind, task.key)
        }
        let documents = try await services.store.read { try $0.receipts.documents(orderID: orderID) }
        guard let document = documents.first(where: { $0.documentID == documentID }) else {
            throw TaskError.badPayload(task.kind, task.key)
        }
        guard let json = try await services.partners.eda.receipt(documentID: documentID) else {
            return .notYet("Eda has no receipt \(documentID) yet")
        }
        try check(json, of: document)
        let key = StoredReceipt.key(orderID: orderID, documentID: documentID)
        if try await !isStored(key) {
            let pdf = try await services.partners.check.renderPDF(receipt: json)
            try await services.partners.storage.put(key: key, body: pdf, contentType: "application/pdf")
        }
        try await record(document, key: key)
        return .done
    }

    /// Whether an earlier attempt has stored the receipt; an incomplete upload does not count, and is replaced.
    private func isStored(_ key: String) async throws -> Bool {
        guard try await services.partners.storage.exists(key: key) else { return false }
        return PDFForm.isWhole(try await services.partners.storage.get(key: key))
    }

    private func check(_ json: [UInt8], of document: DocumentRecord) throws {
        let receipt = try ReceiptParser.receipt(from: json)
        let expected = try document.amount.adding(document.prepaid)
        guard let total = receipt.total, total == expected.hundredths else {
            throw ReceiptFetchError.otherTotal(
                documentID: document.documentID, expected: expected,
                found: receipt.total.map { Money(minorUnits: $0, currency: .rub).decimal })
        }
        let errors = ReceiptCheck.findings(of: receipt).filter { $0.severity == .error }
        if let first = errors.first {
            throw ReceiptFetchError.doesNotAddUp(documentID: document.documentID, explanation: first.explanation)
        }
    }

    private func record(_ document: DocumentRecord, key: String) async throws {
        let now = services.world.now()
        try await services.store.write { transaction in
            let isNew = try transaction.receipts.insert(
                StoredReceipt(
                    orderID: document.orderID, documentID: document.documentID, kind: document.kind,
                    cost: document.amount, key: key, createdAt: now))
            guard isNew else { return }
            try transaction.journal.append(
                JournalEntry(
                    at: now, orderID: document.orderID, event: .receiptStored, actor: .worker,
                    detail: ["document_id": document.documentID, "key": key, "cost": document.amount.description]))
        }
    }
}

/// Why a receipt from Eda is not stored.
package enum ReceiptFetchError: Error, Hashable, Sendable {
    /// `found` is decimal text; nil when the receipt has no total.
    case otherTotal(documentID: String, expected: Money, found: String?)
    case doesNotAddUp(documentID: String, explanation: String)
}

extension Money {
    /// The amount as receipts write it, in hundredths whatever the currency's own minor unit; nil when it is not a
    /// valid amount.
    fileprivate var hundredths: Int64? {
        guard currency.exponent <= 2 else {
            let (units, rest) = minorUnits.quotientAndRemainder(dividingBy: currency.minorUnitsPerMajor / 100)
            return rest == 0 ? units : nil
        }
        let (units, overflow) = minorUnits.multipliedReportingOverflow(by: 100 / currency.minorUnitsPerMajor)
        return overflow ? nil : units
    }
}
