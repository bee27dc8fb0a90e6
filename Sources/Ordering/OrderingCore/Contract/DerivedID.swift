import EncodingKit
import SigningKit

/// Ids of what a service sends, derived from why it sends it: a handler that runs again sends the same ids.
package enum DerivedID {
    /// `order:9f2c…:0`.
    /// - Parameters:
    ///   - sender: the service that sends.
    ///   - cause: the id of the message or request that it handles.
    ///   - number: of what is sent because of it, from 0.
    package static func make(sender: ServiceName, cause: String, number: Int) -> String {
        let suffix = ":\(number)"
        let id = "\(sender.rawValue):\(cause)\(suffix)"
        guard id.utf8.count > NameRule.maximumIdentifierLength else { return id }
        // The cause comes from outside and may be as long as an id may be.
        return "\(sender.rawValue):\(Hex.encode(SHA256.digest(Array(cause.utf8))))\(suffix)"
    }
}
