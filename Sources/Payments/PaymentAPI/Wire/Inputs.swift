import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import Payments

/// What the routes read from the path, the query and the headers.
enum Input {
    static let orderIDField = RouteField("order_id", "The order", .identifier(""))
    static let restaurantIDField = RouteField("restaurant_id", "The restaurant, from the deeplink", .identifier(""))
    static let kidField = RouteField("kid", "Which key signed the deeplink", .identifier(""))
    static let hmacField = RouteField("hmac", "The deeplink's signature", .string(pattern: "^[0-9a-f]{64}$"))
    static let serviceField = RouteField("service", "The kind of service", .word(["restaurant"]))

    static let orderID = orderIDField.identifier
    static let maximumWaitSeconds = 60
    /// Seconds.
    static let waitField = RouteField(
        "wait", "Seconds to wait for a change before answering", .integer(in: 0...maximumWaitSeconds))
    static let wait = waitField.optionalInteger(in: 0...maximumWaitSeconds)

    static let uidField = RouteField(
        "X-Yandex-UID", in: .header, "The user authenticated by the gateway", .identifier(""))
    static let uid = uidField.identifier
    static let optionalUID = uidField.optionalIdentifier
    static let uuid = RouteField("uuid", "The app's installation", .identifier("")).optionalIdentifier
    static let phoneID = RouteField("phone_id", "The user's phone", .identifier("")).optionalIdentifier
    static let zone = RouteField("nearest_zone", "The zone nearest to the user", .identifier("")).optionalIdentifier

    static let idempotencyKeyField = RouteField(
        "Idempotency-Key", in: .header, "Identifies a repeated request, for seven days: it has no second effect",
        .string(pattern: "^[!-~]{1,200}$"))
    static let idempotencyKey = idempotencyKeyField.optional { text throws(FieldError) in text }.map { text, request in
        text.map { IdempotencyKey(text: $0, body: request.body) }
    }

    /// A restaurant's API key, not yet verified; the document describes it as a security scheme.
    static let restaurantKey = RouteInput<String> { try APIGate.restaurantKey(of: $0.request) }
}

/// The header `Idempotency-Key` and the body whose repetition it identifies.
struct IdempotencyKey: Sendable {
    var text: String
    var body: [UInt8]

    /// - Parameter scope: who sends it.
    func requestKey(scope: String) throws -> RequestKey { try RequestKey(text, scope: scope, body: body) }
}

extension RouteField {
    /// An ``PaymentCore/Identifier``.
    fileprivate var identifier: RouteInput<String> {
        let name = name
        return required { text throws(FieldError) in try WireField.identifier(text, name) }
    }

    fileprivate var optionalIdentifier: RouteInput<String?> {
        let name = name
        return optional { text throws(FieldError) in try WireField.identifier(text, name) }
    }
}
