/// A key that signs deeplinks; its secret does not appear in descriptions, dumps or mirrors.
package struct DeeplinkKey: Hashable, Sendable {
    /// The key's public name, an ``Identifier``.
    package var kid: String
    package var secret: [UInt8]

    package init(kid: String, secret: [UInt8]) {
        self.kid = kid
        self.secret = secret
    }
}

extension DeeplinkKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "DeeplinkKey(\(kid), secret hidden)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["kid": kid]) }
}

/// Signs deeplinks with the newest key and verifies them with every active one.
package struct DeeplinkSigner: Sendable {
    private let keys: [DeeplinkKey]
    private let authenticate: @Sendable ([UInt8], [UInt8]) -> [UInt8]
    private let equals: @Sendable ([UInt8], [UInt8]) -> Bool

    /// - Parameters:
    ///   - keys: one or two, the newest first, with distinct names.
    ///   - authenticate: HMAC-SHA-256 of a message under a key.
    ///   - equals: a constant-time comparison.
    package init(
        keys: [DeeplinkKey],
        authenticate: @escaping @Sendable (_ message: [UInt8], _ key: [UInt8]) -> [UInt8],
        equals: @escaping @Sendable ([UInt8], [UInt8]) -> Bool
    ) {
        precondition((1...2).contains(keys.count) && keys.first?.kid != keys.dropFirst().first?.kid)
        self.keys = keys
        self.authenticate = authenticate
        self.equals = equals
    }

    /// - Precondition: both ids, and the newest key's, are an ``Identifier``: with a colon two orders could have the
    ///   same signature.
    package func sign(orderID: String, restaurantID: String) -> Deeplink {
        let hmac = hmac(orderID: orderID, restaurantID: restaurantID, secret: keys[0].secret)
        do throws(DeeplinkError) {
            return try Deeplink(orderID: orderID, restaurantID: restaurantID, kid: keys[0].kid, hmac: hmac)
        } catch {
            preconditionFailure("a deeplink is signed for identifiers only")
        }
    }

    /// Returns when the link was signed with the active key it names.
    package func verify(_ link: Deeplink) throws(DeeplinkError) {
        // An unknown key takes the same work as a known one, so timing does not reveal which keys exist.
        let key = keys.first { $0.kid == link.kid }
        let expected = hmac(
            orderID: link.orderID, restaurantID: link.restaurantID, secret: (key ?? keys[0]).secret)
        let isSame = equals(Array(expected.utf8), Array(link.hmac.utf8))
        guard isSame, key != nil else { throw .invalid }
    }

    private func hmac(orderID: String, restaurantID: String, secret: [UInt8]) -> String {
        let code = authenticate(Array("\(orderID):\(restaurantID)".utf8), secret)
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }, as: UTF8.self)
    }
}
