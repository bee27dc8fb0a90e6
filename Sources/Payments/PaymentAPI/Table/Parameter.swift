import Payments

/// A parameter in the query or a header: documented and read by the same value.
struct Parameter: Sendable {
    enum Place: String { case query, header }

    var name: String
    var place = Place.query
    var isRequired = true
    var summary: String
    var schema: Schema

    /// The same parameter as an optional one.
    var optional: Parameter {
        var parameter = self
        parameter.isRequired = false
        return parameter
    }
}

extension Parameter {
    static let orderID = identifier("order_id", "The order")
    static let restaurantID = identifier("restaurant_id", "The restaurant, from the deeplink")
    static let kid = identifier("kid", "Which key signed the deeplink")
    static let hmac = Parameter(
        name: "hmac", summary: "The deeplink's signature", schema: .string(pattern: "^[0-9a-f]{64}$"))
    static let service = Parameter(name: "service", summary: "The kind of service", schema: .word(["restaurant"]))

    static let maximumWaitSeconds = 60
    static let wait = Parameter(
        name: "wait", isRequired: false, summary: "Seconds to wait for a change before answering",
        schema: .integer(in: 0...maximumWaitSeconds))

    static let uid = Parameter(
        name: "X-Yandex-UID", place: .header, summary: "The user authenticated by the gateway",
        schema: .identifier(""))
    static let uuid = identifier("uuid", "The app's installation").optional
    static let phoneID = identifier("phone_id", "The user's phone").optional
    static let zone = identifier("nearest_zone", "The zone nearest to the user").optional

    static let idempotencyKey = Parameter(
        name: "Idempotency-Key", place: .header, isRequired: false,
        summary: "Identifies a repeated request, for seven days: it has no second effect",
        schema: .string(pattern: "^[!-~]{1,200}$"))

    private static func identifier(_ name: String, _ summary: String) -> Parameter {
        Parameter(name: name, summary: summary, schema: .identifier(""))
    }
}
