import EncodingKit
import SigningKit

/// The id of the order at Eda and of the invoice at transactions, derived on our side.
package enum EdaOrderID {
    /// The first 128 bits of SHA-256 over `order_id:uid:service`, in hexadecimal: always the same for the same user and
    /// order, and distinct for every other pair.
    package static func derive(orderID: String, uid: String, service: String) -> String {
        Hex.encode(Array(SHA256.digest(Array("\(orderID):\(uid):\(service)".utf8)).prefix(16)))
    }
}
