import PaymentCore
import PaymentPartners
import QueueKit
import WorldKit

/// Posts the decided entries to the cashback service one by one, each under its own key.
struct CashbackPosting: Sendable {
    private let services: Services

    init(_ services: Services) { self.services = services }

    /// Posts every unconfirmed entry of the order, in sequence; a repair first decides which entries those are.
    func run(_ task: QueuedTask) async throws -> TaskOutcome {
        guard let orderID = task.orderID else { throw TaskError.badPayload(task.kind, task.key) }
        if task.isCashbackRepair, let why = try await CashbackRepairing(services).decide(task, orderID: orderID) {
            return .notYet(why)
        }
        let (order, records) = try await services.store.read { transaction in
            let order = try transaction.order(orderID)
            return (order, try transaction.cashback.entries(of: order))
        }
        for record in records where !record.isPosted {
            try await services.partners.cashback.post(record.entry)
            let now = services.world.now()
            try await services.store.write { transaction in
                guard try transaction.cashback.markPosted(orderID: orderID, number: record.number) else { return }
                try transaction.journal.append(
                    JournalEntry(
                        at: now, orderID: order.orderID, event: .cashbackPosted, actor: .worker,
                        detail: [
                            "key": record.entry.key, "kind": record.entry.kind.rawValue, "uid": record.entry.uid,
                            "amount": record.entry.amount.description,
                        ]))
            }
        }
        return .done
    }
}
