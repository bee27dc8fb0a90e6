import EncodingKit
import SigningKit

/// The id under which Eda keeps the order and transactions the invoice, derived on our side (seed 000, step 2.2.1).
package enum EdaOrderID {
    /// The first 128 bits of SHA-256 over `order_id:uid:service`, in hexadecimal: the same every time for the same
    /// user and order, another one for every other.
    package static func derive(orderID: String, uid: String, service: String) -> String {
        Hex.encode(Array(SHA256.digest(Array("\(orderID):\(uid):\(service)".utf8)).prefix(16)))
    }
}
