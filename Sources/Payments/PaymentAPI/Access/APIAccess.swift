import EncodingKit
import HTTPKit
import Payments
import SigningKit

/// The secrets by which the gateway and transactions authenticate.
package struct APIAccess: Sendable {
    static let tokenName = "token"
    static let restaurantHeader = "X-API-Key"
    static let gatewayHeader = "X-Gateway-Key"

    private let gatewayKeys: [[UInt8]]
    private let callbackTokens: [[UInt8]]

    /// - Parameter gatewayKeys: one, or two during a key rotation, the newest first.
    package init(gatewayKeys: [String]) {
        precondition((1...2).contains(gatewayKeys.count) && !gatewayKeys.contains(""))
        self.gatewayKeys = gatewayKeys.map { Array($0.utf8) }
        callbackTokens = self.gatewayKeys.map { key in
            Array(Hex.encode(HMACSHA256.authenticate(Array("transactions callback".utf8), key: key)).utf8)
        }
    }

    /// The callback URL given to transactions: knowledge of the token authorizes reports.
    ///
    /// The token is the HMAC of a constant under the gateway's key, so that it survives a restart and reveals nothing
    /// about the key.
    /// - Parameter address: the callback's URL without a query.
    package func callbackURL(_ address: String) -> String {
        let mark = address.contains("?") ? "&" : "?"
        return "\(address)\(mark)\(Self.tokenName)=\(String(decoding: callbackTokens[0], as: UTF8.self))"
    }

    func checkGateway(_ headers: HTTPHeaders) throws { try Self.check(headers[Self.gatewayHeader], gatewayKeys) }

    func checkCallback(_ token: String?) throws { try Self.check(token, callbackTokens) }

    private static func check(_ text: String?, _ secrets: [[UInt8]]) throws {
        let given = Array((text ?? "").utf8)
        // Every secret is compared, so that timing does not reveal which one matched.
        let isKnown = secrets.reduce(false) { ConstantTime.equals($1, given) || $0 }
        guard isKnown else { throw Problem.badKey }
    }
}
