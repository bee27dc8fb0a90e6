import HTTPKit
import JSONKit
import PaymentCore
import Payments

/// `POST /order/update`: how payments-eda tells iiko-integration who pays.
enum OrderUpdateRoute {
    private struct Update: Decodable, JSONMessage {
        static let schema = Messages.update

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

    private struct Updated: Encodable, JSONMessage {
        static let schema = Messages.updatedOrder

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
            "POST", "/order/update", operation: "updateOrder",
            summary: "Make a user the payer of an order, unless it is another's", access: .gateway,
            RouteInput.json(Update.self), output: .json(Updated.self, "The order as it is now"), failures: [404, 409]
        ) { update in
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
            return Reply(
                Updated(
                    orderID: order.orderID, edaOrderID: order.edaOrderID ?? "", uid: order.uid ?? "",
                    status: order.status))
        }
    }
}
