package import PaymentCore
package import PaymentPartners
import QueueKit
import WorldKit

/// Turns the waiter's bill into what the guest's app shows.
package struct Preorders: Sendable {
    let services: Services

    package init(_ services: Services) { self.services = services }

    package struct Created: Sendable {
        package var order: Order
        package var deeplink: Deeplink
        /// Nil when the restaurant is not registered: it then has no name on receipts and no cashback rule of its own.
        package var restaurant: Restaurant?
        /// Whether the bill was new: a first one, or a new version.
        package var isNew: Bool
        /// What the guest would earn by paying now.
        package var cashback: Cashback?
    }

    package struct Cashback: Hashable, Sendable {
        package var percent: Percent
        package var amount: Money
    }

    /// Accepts a bill. The same bill again returns the same order; another bill under the same key is a new version of
    /// it while no payment has begun.
    /// - Parameter key: a request repeated with it makes no new version, even after another request did. A bill with
    ///   nothing left to pay is refused, and an order that still asks for its money is closed.
    /// - Throws: ``OrderError/billConflict(clientID:internalOrderID:orderID:status:)`` once a payment has begun,
    ///   ``OrderError/alreadyPaid(clientID:internalOrderID:prepaid:orderID:)``.
    package func create(_ bill: Bill, actor: Actor = .iiko, key: RequestKey? = nil) async throws -> Created {
        guard !bill.amount.isZero else { throw try await refusal(ofPaid: bill, actor: actor) }
        let now = services.world.now()
        let newID = services.world.newID()
        let expiresAt = now.advanced(bySeconds: services.settings.orderTTLSeconds)
        let (order, isNew, restaurant, cashback) = try await services.store.write { transaction in
            let (order, isNew) =
                try transaction.order(of: key).map { ($0, isNew: false) }
                ?? Self.upsert(bill, newID: newID, expiresAt: expiresAt, actor: actor, now: now, in: transaction)
            try transaction.keep(key, orderID: order.orderID, at: now)
            return (
                order, isNew, try transaction.restaurants.restaurant(clientID: order.clientID),
                try Self.offer(for: order, at: now, in: transaction)
            )
        }
        return Created(
            order: order, deeplink: services.deeplinks.sign(orderID: order.orderID, restaurantID: order.clientID),
            restaurant: restaurant, isNew: isNew, cashback: cashback)
    }

    /// Why a paid bill is refused, once its order can no longer be paid again.
    private func refusal(ofPaid bill: Bill, actor: Actor) async throws -> OrderError {
        let now = services.world.now()
        let orderID = try await services.store.write { transaction -> String? in
            let order = try transaction.orders.order(
                clientID: bill.clientID, internalOrderID: bill.internalOrderID)
            guard var order else { return nil }
            if order.status.isOpen {
                try transaction.move(
                    &order, to: .canceled, event: .canceled, actor: actor,
                    detail: ["reason": "paid at the restaurant", "prepaid": bill.prepaid.description], at: now)
            }
            return order.orderID
        }
        return .alreadyPaid(
            clientID: bill.clientID, internalOrderID: bill.internalOrderID, prepaid: bill.prepaid, orderID: orderID)
    }

    private static func upsert(
        _ bill: Bill, newID: String, expiresAt: Instant, actor: Actor, now: Instant, in transaction: StoreTransaction
    ) throws -> (Order, isNew: Bool) {
        let existing = try transaction.orders.order(clientID: bill.clientID, internalOrderID: bill.internalOrderID)
        guard let existing else {
            let order = Order(
                orderID: newID, clientID: bill.clientID, internalOrderID: bill.internalOrderID, amount: bill.amount,
                prepaid: bill.prepaid, capturedAmount: .zero(bill.amount.currency),
                refunded: .zero(bill.amount.currency), createdAt: now, updatedAt: now, expiresAt: expiresAt)
            try insert(order, bill, actor: actor, in: transaction)
            return (order, true)
        }
        let isSame =
            try existing.amount == bill.amount && existing.prepaid == bill.prepaid
            && transaction.orders.lines(of: existing) == bill.lines
        if isSame { return (existing, false) }
        guard existing.status == .pending else {
            throw OrderError.billConflict(
                clientID: bill.clientID, internalOrderID: bill.internalOrderID, orderID: existing.orderID,
                status: existing.status)
        }
        var order = existing
        order.billVersion += 1
        order.amount = bill.amount
        order.prepaid = bill.prepaid
        order.capturedAmount = .zero(bill.amount.currency)
        order.refunded = .zero(bill.amount.currency)
        order.updatedAt = now
        order.expiresAt = expiresAt
        try replace(existing, by: order, bill, actor: actor, in: transaction)
        return (order, true)
    }

    /// A new order, the journal entry about it, and the task that expires it.
    private static func insert(
        _ order: Order, _ bill: Bill, actor: Actor, in transaction: StoreTransaction
    ) throws {
        try transaction.orders.insert(order, lines: bill.lines)
        let detail = [
            "client_id": bill.clientID, "internal_order_id": bill.internalOrderID,
            "amount": bill.amount.description, "bill_version": "1",
        ]
        try transaction.journal.append(
            JournalEntry(
                at: order.createdAt, orderID: order.orderID, event: .created, to: .pending, actor: actor,
                detail: detail.merging(prepaid(bill)) { $1 }))
        try transaction.tasks.enqueue(
            TaskRequest(
                kind: .orderExpire, key: order.orderID, orderID: order.orderID, clientID: bill.clientID,
                dueAt: order.expiresAt),
            at: order.createdAt)
    }

    /// Another version of an order's bill.
    private static func replace(
        _ former: Order, by order: Order, _ bill: Bill, actor: Actor, in transaction: StoreTransaction
    ) throws {
        try transaction.move(order, from: former)
        try transaction.orders.insertBill(of: order, lines: bill.lines)
        let detail = [
            "bill_version": "\(order.billVersion)", "amount": bill.amount.description,
            "previous_amount": former.amount.description,
        ]
        try transaction.journal.append(
            JournalEntry(
                at: order.updatedAt, orderID: order.orderID, event: .billChanged, actor: actor,
                detail: detail.merging(prepaid(bill)) { $1 }))
    }

    private static func prepaid(_ bill: Bill) -> [String: String] {
        bill.prepaid.isZero ? [:] : ["prepaid": bill.prepaid.description]
    }

    package struct View: Sendable {
        package var order: Order
        package var lines: [BillLine]
        package var restaurant: Restaurant?
        package var cashback: Cashback?
        package var paymentMethods: [PaymentMethod]
    }

    /// What the guest's app shows: the bill, the cashback to earn, the ways to pay.
    ///
    /// Another user's payment hides the order, except after a failed hold or when the order was closed unpaid.
    /// - Throws: ``OrderError/alreadyBeingPaid(orderID:)``, ``OrderError/notFound(orderID:)``, ``PartnerError``.
    package func view(orderID: String, uid: String) async throws -> View {
        let now = services.world.now()
        var view = try await services.store.read { transaction in
            let order = try transaction.order(orderID, openTo: uid)
            return View(
                order: order, lines: try transaction.orders.lines(of: order),
                restaurant: try transaction.restaurants.restaurant(clientID: order.clientID),
                cashback: try Self.offer(for: order, at: now, in: transaction), paymentMethods: [])
        }
        view.paymentMethods = try await services.partners.cardstorage.paymentMethods(uid: uid)
        return view
    }

    /// Shows the order to a guest who scanned its QR code, and records the view.
    /// - Throws: what ``view(orderID:uid:)`` throws.
    package func show(orderID: String, uid: String) async throws -> View {
        let view = try await view(orderID: orderID, uid: uid)
        let isViewed = try await services.store.read { try $0.orderStatuses.isViewed(orderID: orderID) }
        if !isViewed {
            let now = services.world.now()
            try await services.store.write { try $0.orderStatuses.recordView(orderID: orderID, at: now) }
        }
        return view
    }

    /// The cashback promised to the payer, or what a guest who begins now would be promised.
    private static func offer(
        for order: Order, at now: Instant, in transaction: StoreTransaction
    ) throws -> Cashback? {
        let terms =
            try order.status.isOpen
            ? transaction.cashbackTerms(for: order, at: now) : order.cashback
        return terms.map { Cashback(percent: $0.percent, amount: $0.due(on: order.amount)) }
    }
}
