import PaymentCore
import QueueKit
import SQLKit
import WorldKit

/// Steps shared by several use cases, all within the caller's transaction.
extension StoreTransaction {
    /// - Throws: ``OrderError/notFound(orderID:)``.
    func order(_ orderID: String) throws -> Order {
        guard let order = try orders.order(id: orderID) else { throw OrderError.notFound(orderID: orderID) }
        return order
    }

    /// The order, unless another user is paying it or has paid it.
    /// - Throws: ``OrderError/notFound(orderID:)``, ``OrderError/alreadyBeingPaid(orderID:)``.
    func order(_ orderID: String, openTo uid: String) throws -> Order {
        let order = try order(orderID)
        let isOwned = order.status.isMoving || order.status.iiko == .payed
        guard !isOwned || order.uid == uid else { throw OrderError.alreadyBeingPaid(orderID: orderID) }
        return order
    }

    /// Overwrites the record that the order was read from.
    /// - Throws: ``OrderError/alreadyBeingPaid(orderID:)`` when the record has changed since.
    func move(_ order: Order, from expected: Order) throws {
        guard try orders.compareAndSet(order, expected: expected) else {
            throw OrderError.alreadyBeingPaid(orderID: order.orderID)
        }
    }

    /// Moves the order to another status and writes its journal entry.
    func move(
        _ order: inout Order, to status: OrderStatus, event: JournalEntry.Event, actor: Actor,
        detail: [String: String], at now: Instant, change: (inout Order) -> Void = { _ in }
    ) throws {
        guard order.status.successors.contains(status) else {
            throw OrderError.stateForbids(orderID: order.orderID, action: event.rawValue, status: order.status)
        }
        let expected = order
        order.status = status
        order.updatedAt = now
        change(&order)
        try move(order, from: expected)
        try journal.append(
            JournalEntry(
                at: now, orderID: order.orderID, event: event, from: expected.status, to: status, actor: actor,
                detail: detail))
    }

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
