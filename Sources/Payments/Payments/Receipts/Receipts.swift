import JSONKit
package import PaymentCore
import PaymentPartners
import WorldKit

/// The receipts shown in the order's history.
package struct Receipts: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    package enum Failure: Error, Hashable, Sendable {
        case notFound(documentID: String)
        /// Eda does not have it, or not yet.
        case notAtEda(documentID: String)
        /// The stored object is not a complete PDF.
        case damaged(documentID: String, key: String)
    }

    /// One order's receipts, or the newest of all orders.
    package func list(orderID: String?, limit: Int) async throws -> [StoredReceipt] {
        try await services.store.read { transaction in
            if let orderID { _ = try transaction.order(orderID) }
            return try transaction.receipts.receipts(orderID: orderID, limit: limit)
        }
    }

    package func receipt(documentID: String) async throws -> StoredReceipt {
        let receipt = try await services.store.read { try $0.receipts.receipt(documentID: documentID) }
        guard let receipt else { throw Failure.notFound(documentID: documentID) }
        return receipt
    }

    /// A link created on request; only the key is stored.
    package func link(to receipt: StoredReceipt, expiresInSeconds: Int? = nil) throws -> String {
        try services.partners.storage.presignedURL(
            key: receipt.key, expiresInSeconds: expiresInSeconds ?? services.settings.linkTTLSeconds,
            now: services.world.now())
    }

    /// The stored PDF.
    /// - Throws: ``Failure/damaged(documentID:key:)``, and ``PartnerError``.
    package func pdf(of receipt: StoredReceipt) async throws -> [UInt8] {
        let pdf = try await services.partners.storage.get(key: receipt.key)
        guard PDFForm.isWhole(pdf) else { throw Failure.damaged(documentID: receipt.documentID, key: receipt.key) }
        return pdf
    }

    /// The fiscal receipt's JSON, as Eda has it now.
    /// - Throws: ``Failure/notAtEda(documentID:)``, and ``PartnerError``.
    package func fiscalReceipt(documentID: String) async throws -> [UInt8] {
        guard let json = try await services.partners.eda.receipt(documentID: documentID) else {
            throw Failure.notAtEda(documentID: documentID)
        }
        return json
    }
}
