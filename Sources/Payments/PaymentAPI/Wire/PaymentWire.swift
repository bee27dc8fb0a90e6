import HTTPKit
import PaymentCore
import PaymentPartners
import Payments

/// The response of `GET /4.0/payments/v1/preorder`.
struct PreorderWire: Codable, JSONMessage {
    static let schema = Messages.preorder

    struct Restaurant: Codable, Sendable {
        var clientID: String
        var name: String

        enum CodingKeys: String, CodingKey {
            case clientID = "client_id"
            case name
        }
    }

    struct Cashback: Codable, Sendable {
        /// With a percent sign.
        var rate: String
        var amount: String
        var currency: String
    }

    struct Method: Codable, Sendable {
        var id: String
        var title: String
    }

    var orderID: String
    var restaurant: Restaurant
    var status: OrderStatus
    var billVersion: Int
    var currency: String
    /// What the guest pays, in addition to what is prepaid.
    var amount: String
    /// Not reported by older servers.
    var prepaid: String?
    var lines: [BillLineWire]
    var cashback: Cashback?
    var paymentMethods: [Method]

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case restaurant, status
        case billVersion = "bill_version"
        case currency, amount, prepaid, lines, cashback
        case paymentMethods = "payment_methods"
    }

    init(_ view: Preorders.View) {
        let order = view.order
        orderID = order.orderID
        restaurant = Restaurant(clientID: order.clientID, name: view.restaurant?.name ?? order.clientID)
        status = order.status
        billVersion = order.billVersion
        currency = order.currency.code
        amount = order.amount.decimal
        prepaid = order.prepaid.decimal
        lines = view.lines.map(BillLineWire.init)
        cashback = view.cashback.map {
            Cashback(rate: "\($0.percent)%", amount: $0.amount.decimal, currency: $0.amount.currency.code)
        }
        paymentMethods = view.paymentMethods.map { Method(id: $0.id, title: $0.title) }
    }
}

/// The body of `POST /4.0/payments/v1/orders`.
struct PaymentWire: Codable, JSONMessage {
    static let schema = Messages.payment

    var service: String
    var orderID: String
    var restaurantID: String
    var kid: String
    var hmac: String
    var paymentMethodID: String
    var billVersion: Int

    enum CodingKeys: String, CodingKey {
        case service
        case orderID = "order_id"
        case restaurantID = "restaurant_id"
        case kid, hmac
        case paymentMethodID = "payment_method_id"
        case billVersion = "bill_version"
    }
}

/// The response of `POST` and `GET /4.0/payments/v1/orders`.
struct PaymentStatusWire: Codable, JSONMessage {
    static let schema = Messages.paymentStatus

    /// For the guest, in Russian.
    var message: String
    var status: GuestStatus
}
