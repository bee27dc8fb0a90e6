package import PaymentCore

/// `POST /order/update`: what payments-eda reports to iiko-integration about an order.
///
/// Both share one store here, so an update is a request like any other: it begins a payment under the rules of
/// ``Payments`` or is refused by them. Outcomes come from transactions only and cannot be set through this request.
package struct OrderUpdates: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    package struct Update: Sendable {
        /// Not needed for a payment begun earlier, which ``edaOrderID`` identifies.
        package var orderID: String?
        package var edaOrderID: String?
        /// The user on whose behalf the update is made.
        package var uid: String
        package var status: OrderStatus
        /// For ``OrderStatus/holding``; without it, the method of the same user's previous attempt.
        package var paymentMethodID: String?
        package var billVersion: Int?

        package init(
            orderID: String?, edaOrderID: String?, uid: String, status: OrderStatus, paymentMethodID: String?,
            billVersion: Int?
        ) {
            self.orderID = orderID
            self.edaOrderID = edaOrderID
            self.uid = uid
            self.status = status
            self.paymentMethodID = paymentMethodID
            self.billVersion = billVersion
        }
    }

    /// Makes the user the payer (`HOLDING`), or confirms that the order already has a status.
    /// - Throws: ``OrderError/alreadyBeingPaid(orderID:)`` for another user's order, unless its hold failed; what
    ///   ``Payments/begin(_:)`` throws; ``Problem`` `state_forbids` for a status that only transactions can bring
    ///   about.
    package func apply(_ update: Update) async throws -> Order {
        let order = try await services.store.read { try Self.find(update, in: $0) }
        guard update.status == .holding else { return try confirm(update, order) }
        let isFormer = order.uid == update.uid
        let derived = EdaOrderID.derive(orderID: order.orderID, uid: update.uid, service: services.settings.service)
        guard update.edaOrderID == nil || update.edaOrderID == derived else {
            throw Problem(
                .invalid, "bad_eda_order_id",
                "order \(order.orderID): this is not the eda_order_id of the user's payment")
        }
        guard let method = update.paymentMethodID ?? (isFormer ? order.paymentMethodID : nil) else {
            throw Problem(.invalid, "bad_request", "payment_method_id: missing")
        }
        return try await Payments(services).begin(
            Payments.Request(
                orderID: order.orderID, uid: update.uid, paymentMethodID: method, billVersion: update.billVersion))
    }

    private static func find(_ update: Update, in transaction: StoreTransaction) throws -> Order {
        var orderID = update.orderID
        if let edaOrderID = update.edaOrderID,
            let first = try transaction.operations.operation(invoiceID: edaOrderID, number: 1)
        {
            guard orderID == nil || orderID == first.orderID else {
                throw Problem(.invalid, "bad_eda_order_id", "eda_order_id and order_id belong to different orders")
            }
            guard first.uid == update.uid else { throw OrderError.alreadyBeingPaid(orderID: first.orderID) }
            orderID = first.orderID
        }
        guard let orderID else { throw OrderError.notFound(orderID: update.edaOrderID ?? "") }
        let order = try transaction.order(orderID)
        if let payer = order.uid, payer != update.uid, order.status != .holdFailed {
            throw OrderError.alreadyBeingPaid(orderID: orderID)
        }
        return order
    }

    private func confirm(_ update: Update, _ order: Order) throws -> Order {
        if let payer = order.uid, payer != update.uid { throw OrderError.alreadyBeingPaid(orderID: order.orderID) }
        guard order.status == update.status else {
            throw Problem(
                .conflict, "state_forbids",
                "order \(order.orderID): it is \(order.status.rawValue), and only the payment itself makes it "
                    + update.status.rawValue)
        }
        return order
    }
}
