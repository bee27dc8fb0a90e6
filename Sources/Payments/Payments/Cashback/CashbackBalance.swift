import PaymentCore
import QueueKit
import SQLKit
import WorldKit

/// The cashback an order is due, within the caller's transaction.
extension StoreTransaction {
    /// The promise of the cashback rule in force; nil when no rule applies to this bill.
    func cashbackTerms(for order: Order, at now: Instant) throws -> CashbackTerms? {
        let rules = try cashback.rules(clientID: order.clientID)
        return CashbackRule.inForce(rules, clientID: order.clientID, at: now)?.terms(for: order.amount)
    }

    /// Requests the difference between the cashback due and the amount requested so far, and stages its posting.
    func balanceCashback(of order: Order, at now: Instant) throws {
        guard let uid = order.uid else { return }
        let records = try cashback.entries(of: order)
        let entries = records.filter { !$0.isCorrection }.map(\.entry)
        func sum(_ kind: CashbackEntry.Kind) -> MoneySum {
            MoneySum(entries.filter { $0.kind == kind }.map(\.amount), in: order.currency)
        }
        let asked = sum(.accrual) - sum(.clawback)
        guard let difference = (MoneySum(order.cashbackDue) - asked).money?.minorUnits, difference != .min else {
            throw SQLError(code: .decoding, message: "cashback_entries.amount adds up to more than the largest amount")
        }
        guard difference != 0 else { return }
        let number = (records.last?.number ?? 0) + 1
        let entry = CashbackEntry(
            key: CashbackRepository.key(orderID: order.orderID, number: number), orderID: order.orderID, uid: uid,
            kind: difference > 0 ? .accrual : .clawback,
            amount: Money(minorUnits: abs(difference), currency: order.currency))
        try cashback.append(
            CashbackRepository.Record(number: number, entry: entry, isPosted: false, isCorrection: false), at: now)
        try tasks.enqueue(
            TaskRequest(
                kind: .cashbackAccrue, key: "\(order.orderID):\(number)", orderID: order.orderID,
                clientID: order.clientID, dueAt: now),
            at: now)
    }
}
