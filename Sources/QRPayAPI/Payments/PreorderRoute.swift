import HTTPKit
import QRPayDomain
import QRPayPartners
import QRPayServices

/// `GET /4.0/payments/v1/preorder`: what the guest's app shows (seed 001).
enum PreorderRoute {
    private struct Shown: Encodable {
        struct Restaurant: Encodable {
            var clientID: String
            var name: String

            enum CodingKeys: String, CodingKey {
                case clientID = "client_id"
                case name
            }
        }

        struct Cashback: Encodable {
            var rate: String
            var amount: String
            var currency: String
        }

        struct Method: Encodable {
            var id: String
            var title: String
        }

        var orderID: String
        var restaurant: Restaurant
        var status: OrderStatus
        var billVersion: Int
        var currency: String
        var amount: String
        var lines: [BillLineWire]
        var cashback: Cashback?
        var paymentMethods: [Method]

        enum CodingKeys: String, CodingKey {
            case orderID = "order_id"
            case restaurant, status
            case billVersion = "bill_version"
            case currency, amount, lines, cashback
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
            lines = view.lines.map(BillLineWire.init)
            cashback = view.cashback.map {
                Cashback(rate: "\($0.percent)%", amount: $0.amount.decimal, currency: $0.amount.currency.code)
            }
            paymentMethods = view.paymentMethods.map { Method(id: $0.id, title: $0.title) }
        }
    }

    static func route(_ services: Services) -> Route {
        Route(
            method: "GET", path: "/4.0/payments/v1/preorder", operation: "getPreorder",
            summary: "The bill behind a QR code: lines, cashback, ways to pay", access: .user,
            parameters: [.service, .orderID, .restaurantID, .kid, .hmac],
            success: .init(summary: "The bill", schema: Messages.preorder), failures: [403, 404, 409, 502],
            handler: .asynchronous { call in
                let uid = try call.requiredIdentifier(.uid)
                try Service.check(try call.required(.service))
                let link = try services.verifiedDeeplink(
                    orderID: try call.required(.orderID), restaurantID: try call.required(.restaurantID),
                    kid: try call.required(.kid), hmac: try call.required(.hmac))
                return try Answer(Shown(try await Preorders(services).show(orderID: link.orderID, uid: uid)))
            })
    }
}

/// The enumeration `service` of payments-eda, as far as it is served here.
enum Service {
    static func check(_ name: String) throws {
        guard name == "restaurant" else {
            throw Problem(.invalid, "unknown_service", "service: only restaurant is served here")
        }
    }
}

extension Services {
    /// - Throws: ``DeeplinkError/invalid`` for every kind of mismatch.
    func verifiedDeeplink(
        orderID: String, restaurantID: String, kid: String, hmac: String
    ) throws(DeeplinkError) -> Deeplink {
        let link = try Deeplink(orderID: orderID, restaurantID: restaurantID, kid: kid, hmac: hmac)
        try deeplinks.verify(link)
        return link
    }
}
