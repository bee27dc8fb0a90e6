package import PaymentCore
import QueueKit
import WorldKit

/// Payments of an order by several users: who pays, what the payment system reports, and what follows from it.
///
/// Every change of an order is one transaction with its journal entry and the tasks it requires.
package struct Payments: Sendable {
    let services: Services

    package init(_ services: Services) { self.services = services }

    package struct Request: Sendable {
        package var orderID: String
        package var uid: String
        package var paymentMethodID: String
        /// The version of the bill that the guest saw; nil for the current one.
        package var billVersion: Int?
        /// A request repeated with it is not a new attempt, even after the first one failed.
        package var key: RequestKey?

        package init(
            orderID: String, uid: String, paymentMethodID: String, billVersion: Int? = nil, key: RequestKey? = nil
        ) {
            self.orderID = orderID
            self.uid = uid
            self.paymentMethodID = paymentMethodID
            self.billVersion = billVersion
            self.key = key
        }
    }

    /// Makes `uid` the payer of the order and stages the payment, or finds it in progress or done for the same user.
    ///
    /// The compare-and-set in here is the single synchronization point of a payment: the second caller gets
    /// ``OrderError/alreadyBeingPaid(orderID:)`` and nothing else happens.
    package func begin(_ request: Request) async throws -> Order {
        let now = services.world.now()
        let invoiceID = EdaOrderID.derive(
            orderID: request.orderID, uid: request.uid, service: services.settings.service)
        return try await services.store.write { transaction in
            let order = try transaction.order(request.orderID, openTo: request.uid)
            if let known = try transaction.order(of: request.key) { return known }
            try transaction.keep(request.key, orderID: order.orderID, at: now)
            if let seen = request.billVersion, seen != order.billVersion {
                throw OrderError.staleBill(orderID: order.orderID, seen: seen, current: order.billVersion)
            }
            switch order.status {
            case .holding, .held, .cleared, .refunded:
                return order
            case .clearFailed, .canceled:
                throw OrderError.stateForbids(orderID: order.orderID, action: "pay", status: order.status)
            case .expired:
                throw OrderError.expired(orderID: order.orderID)
            case .pending, .holdFailed:
                guard now < order.expiresAt else { throw OrderError.expired(orderID: order.orderID) }
                return try Self.startHold(order, request, invoiceID: invoiceID, now: now, in: transaction)
            }
        }
    }

    /// One operation as recorded; nil when it is unknown.
    package func operation(invoiceID: String, number: Int) async throws -> OperationRecord? {
        try await services.store.read { try $0.operations.operation(invoiceID: invoiceID, number: number) }
    }

    private static func startHold(
        _ current: Order, _ request: Request, invoiceID: String, now: Instant, in transaction: StoreTransaction
    ) throws -> Order {
        var order = current
        let number = try transaction.operations.nextNumber(invoiceID: invoiceID)
        let terms = try transaction.cashbackTerms(for: order, at: now)
        var detail = [
            "uid": request.uid, "eda_order_id": invoiceID, "operation": "\(number)",
            "payment_method_id": request.paymentMethodID, "amount": order.amount.description,
        ]
        if let terms { detail["cashback_percent"] = terms.percent.description }
        try transaction.move(
            &order, to: .holding, event: .paymentBegun, actor: .guest(request.uid), detail: detail, at: now
        ) {
            $0.uid = request.uid
            $0.paymentMethodID = request.paymentMethodID
            $0.edaOrderID = invoiceID
            $0.operation = number
            $0.beganAt = now
            $0.cashback = terms
        }
        try transaction.operations.insert(
            OperationRecord(
                orderID: order.orderID, invoiceID: invoiceID, uid: request.uid,
                operation: PaymentOperation(number: number, kind: .hold, amount: order.amount, status: .pending)),
            at: now)
        try transaction.tasks.enqueue(
            SettleJob(orderID: order.orderID, invoiceID: invoiceID, number: number, action: .pay)
                .request(clientID: order.clientID, dueAt: now),
            at: now)
        return order
    }
}
