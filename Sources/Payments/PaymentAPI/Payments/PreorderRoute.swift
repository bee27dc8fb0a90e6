import HTTPKit
import PaymentCore
import PaymentPartners
import Payments

/// `GET /4.0/payments/v1/preorder`: what the guest's app shows.
enum PreorderRoute {
    static let path: PathTemplate = "/4.0/payments/v1/preorder"

    static func route(_ services: Services) -> Route {
        Route(
            "GET", path, operation: "getPreorder",
            summary: "The bill behind a QR code: lines, cashback, ways to pay", access: .gateway,
            Input.uid, Input.serviceField.text, Input.orderIDField.text, Input.restaurantIDField.text,
            Input.kidField.text, Input.hmacField.text, output: .json(PreorderWire.self, "The bill"),
            failures: [403, 404, 409, 502]
        ) { uid, service, orderID, restaurantID, kid, hmac in
            try Service.check(service)
            let link = try services.verifiedDeeplink(
                orderID: orderID, restaurantID: restaurantID, kid: kid, hmac: hmac)
            return Reply(PreorderWire(try await Preorders(services).show(orderID: link.orderID, uid: uid)))
        }
    }
}

/// The enumeration `service` of payments-eda, limited to the supported values.
enum Service {
    static let name = "restaurant"

    static func check(_ name: String) throws {
        guard name == Self.name else {
            throw Problem(.invalid, "unknown_service", "service: only \(Self.name) is served here")
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
