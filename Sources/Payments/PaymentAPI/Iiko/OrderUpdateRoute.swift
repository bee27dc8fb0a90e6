import HTTPKit
import PaymentCore
import Payments

/// `POST /order/update`: how payments-eda tells iiko-integration who pays.
enum OrderUpdateRoute {
    private struct Update: Decodable {
        var orderID: String?
        var edaOrderID: String?
        var uid: String
        var status: OrderStatus
        var paymentMethodID: String?
        var billVersion: Int?

        enum CodingKeys: String, CodingKey {
            case orderID = "order_id"
            case edaOrderID = "eda_order_id"
            case uid, status
            case paymentMethodID = "payment_method_id"
            case billVersion = "bill_version"
        }
    }

    private struct Updated: Encodable {
        var orderID: String
        var edaOrderID: String
        var uid: String
        var status: OrderStatus

        enum CodingKeys: String, CodingKey {
            case orderID = "order_id"
            case edaOrderID = "eda_order_id"
            case uid, status
        }
    }

    static func route(_ services: Services) -> Route {
        Route(
            method: "POST", path: "/order/update", operation: "updateOrder",
            summary: "Make a user the payer of an order, unless it is another's", access: .gateway,
            body: Messages.update,
            success: .init(summary: "The order as it is now", schema: Messages.updatedOrder), failures: [404, 409],
            handler: .asynchronous { call in
                let update = try call.json(Update.self)
                guard update.orderID != nil || update.edaOrderID != nil else {
                    throw Problem(.invalid, "bad_request", "order_id and eda_order_id: both are missing")
                }
                let order = try await OrderUpdates(services).apply(
                    OrderUpdates.Update(
                        orderID: try update.orderID.identifier("order_id"),
                        edaOrderID: try update.edaOrderID.identifier("eda_order_id"),
                        uid: try update.uid.identifier("uid"), status: update.status,
                        paymentMethodID: try update.paymentMethodID.identifier("payment_method_id"),
                        billVersion: update.billVersion))
                return try Answer(
                    Updated(
                        orderID: order.orderID, edaOrderID: order.edaOrderID ?? "", uid: order.uid ?? "",
                        status: order.status))
            })
    }
}
