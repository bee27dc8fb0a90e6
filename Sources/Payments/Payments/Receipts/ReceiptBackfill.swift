package import PaymentCore
import QueueKit
import WorldKit

/// Stages receipt fetches that the queue refused earlier.
package struct ReceiptBackfill: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    /// Stages a task for every document that has neither a receipt nor a task.
    /// - Parameters:
    ///   - orderID: only this order's.
    ///   - limit: at most this many, the oldest first.
    /// - Returns: those documents; on a dry run nothing is staged.
    package func run(orderID: String? = nil, limit: Int, isDryRun: Bool) async throws -> [DocumentRecord] {
        let now = services.world.now()
        let body: @Sendable (StoreTransaction) throws -> [DocumentRecord] = { transaction in
            if let orderID { _ = try transaction.order(orderID) }
            let documents = try transaction.receipts.documentsWithoutTask(orderID: orderID, limit: limit)
            guard !isDryRun else { return documents }
            for document in documents {
                let clientID = try transaction.order(document.orderID).clientID
                try transaction.tasks.enqueue(
                    StoreTransaction.receiptRequest(document, clientID: clientID, dueAt: now), at: now)
            }
            return documents
        }
        return try await isDryRun ? services.store.read(body) : services.store.write(body)
    }
}
