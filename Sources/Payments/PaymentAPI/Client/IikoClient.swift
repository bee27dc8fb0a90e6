import HTTPKit
import JSONKit
package import PaymentCore
import PaymentPartners
import Payments

/// A restaurant's iiko as a client of this API.
package struct IikoClient: Sendable {
    private let connection: APIConnection
    private let key: String

    /// - Parameter key: the restaurant's API key.
    package init(_ connection: APIConnection, key: String) {
        self.connection = connection
        self.key = key
    }

    /// The result of sending a bill.
    package struct Created: Sendable {
        package var orderID: String
        /// The content of the QR code on the receipt.
        package var deeplink: String
    }

    /// Sends a bill; the same bill again returns the same order.
    package func create(_ bill: Bill) async throws -> Created {
        let answer = try await post(OrderRoutes.path, BillWire(bill), for: CreatedOrderWire.self)
        guard Identifier.isValid(answer.orderID),
            let link = answer.billLines.first(where: { $0.type == CreatedOrderWire.Line.qrCode })?.value
        else {
            throw Problem(.partner, "not_a_server", "the server's answer names no order, or nothing for its QR code")
        }
        return Created(orderID: answer.orderID, deeplink: link)
    }

    /// The status of an order.
    /// - Throws: ``Problem`` `order_not_found`, also for an order of another restaurant.
    package func status(ofOrder orderID: String) async throws -> IikoStatus {
        let answer = try await post(
            OrderRoutes.listPath, OrdersQuestion(clientID: nil, orders: [orderID]), for: OrdersAnswerWire.self)
        guard let item = answer.orders.first, item.id == orderID else {
            throw Problem(.partner, "not_a_server", "the server's answer is about another order")
        }
        guard item.status != .notFound else {
            throw Problem(.notFound, "order_not_found", "order \(orderID): not found for this restaurant")
        }
        return item.status
    }

    private func post<Value: Decodable & Sendable>(
        _ path: PathTemplate, _ body: some Encodable, for type: Value.Type
    ) async throws -> Value {
        var request = APIConnection.Request(method: "POST", path: path.description)
        request.headers[APIAccess.restaurantHeader] = key
        request.body = try JSON.message(body)
        return try await connection.ask(request, for: type).value
    }
}
