import HTTPKit
import PaymentCore
import PaymentPartners
import Payments

/// `GET /4.0/payments/v1/preorder`: what the guest's app shows.
enum PreorderRoute {
    static let path = "/4.0/payments/v1/preorder"

    static func route(_ services: Services) -> Route {
        Route(
            method: "GET", path: path, operation: "getPreorder",
            summary: "The bill behind a QR code: lines, cashback, ways to pay", access: .user,
            parameters: [.service, .orderID, .restaurantID, .kid, .hmac],
            success: .init(summary: "The bill", schema: Messages.preorder), failures: [403, 404, 409, 502],
            handler: .asynchronous { call in
                let uid = try call.requiredIdentifier(.uid)
                try Service.check(try call.required(.service))
                let link = try services.verifiedDeeplink(
                    orderID: try call.required(.orderID), restaurantID: try call.required(.restaurantID),
                    kid: try call.required(.kid), hmac: try call.required(.hmac))
                return try Answer(PreorderWire(try await Preorders(services).show(orderID: link.orderID, uid: uid)))
            })
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
