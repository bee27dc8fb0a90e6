import PaymentCore
import WorldKit

/// Finding an order and moving it to another status, within the caller's transaction.
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
}
