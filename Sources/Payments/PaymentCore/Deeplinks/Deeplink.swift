/// The content of a receipt's QR code: an order at a restaurant, and the proof that we created the link.
package struct Deeplink: Hashable, Sendable {
    package static let defaultBase = "https://yandex-go.ru/go-pay/orders"

    /// An ``Identifier``, as are the next two.
    package let orderID: String
    package let restaurantID: String
    /// The id of the signing key.
    package let kid: String
    /// HMAC-SHA-256 of `order_id:restaurant_id`, 64 lower-case hexadecimal digits.
    package let hmac: String

    /// A link made of parts from outside; the signature is not checked.
    /// - Throws: ``DeeplinkError/invalid`` when a part is malformed.
    package init(orderID: String, restaurantID: String, kid: String, hmac: String) throws(DeeplinkError) {
        let isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard [orderID, restaurantID, kid].allSatisfy(Identifier.isValid), hmac.utf8.count == 64,
            hmac.utf8.allSatisfy(isDigit)
        else { throw .invalid }
        self.orderID = orderID
        self.restaurantID = restaurantID
        self.kid = kid
        self.hmac = hmac
    }

    /// Reads what ``url(base:)`` writes, with the parameters in any order; the signature is not checked.
    /// - Throws: ``DeeplinkError/invalid`` for another base, and for a parameter that is missing, unknown, repeated,
    ///   escaped or malformed.
    package init(url: String, base: String) throws(DeeplinkError) {
        let prefix = Self.prefix(base)
        guard url.utf8.starts(with: prefix.utf8) else { throw .invalid }
        let query = String(decoding: url.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
        var parameters: [Substring: Substring] = [:]
        for pair in query.split(separator: "&", omittingEmptySubsequences: false) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parameters.updateValue(parts[1], forKey: parts[0]) == nil else { throw .invalid }
        }
        guard parameters.count == 4, let orderID = parameters["order_id"], let kid = parameters["kid"],
            let restaurantID = parameters["restaurant_id"], let hmac = parameters["hmac"]
        else { throw .invalid }
        try self.init(
            orderID: String(orderID), restaurantID: String(restaurantID), kid: String(kid), hmac: String(hmac))
    }

    /// The link, `https://…/orders?order_id=…&restaurant_id=…&kid=…&hmac=…`; nothing in it needs escaping.
    package func url(base: String = defaultBase) -> String {
        "\(Self.prefix(base))order_id=\(orderID)&restaurant_id=\(restaurantID)&kid=\(kid)&hmac=\(hmac)"
    }

    private static func prefix(_ base: String) -> String { base + (base.contains("?") ? "&" : "?") }
}

/// Not one of our links. Every reason gives the same error, so that an answer tells a forger nothing.
package enum DeeplinkError: Error, Hashable, Sendable { case invalid }
