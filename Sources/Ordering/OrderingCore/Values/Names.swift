/// The services of the ordering system; each has a store of its own.
package enum ServiceName: String, CaseIterable, Codable, Sendable {
    case gateway, identity, billing, order, notification, push
}

/// How the services communicate. State, rules and handlers are the same in all styles.
package enum StyleName: String, CaseIterable, Codable, Sendable {
    /// Services call each other, and the client waits for all of them.
    case http
    /// Services publish what happened; consumers ask back for the details.
    case events
    /// Messages carry all that their consumers need.
    case collaboration
    /// The gateway calls, everything behind it is messages, and the client asks for the outcome.
    case hybrid
}

/// The rules for texts from outside that name something.
package enum NameRule {
    /// Ids of orders, baskets, users, payments, messages and requests: 1 to 200 visible ASCII characters without
    /// quotes, slashes, backslashes, `?`, `#` and `%`, so that they are the same in paths, texts and logs.
    package static func isIdentifier(_ text: String) -> Bool {
        (1...maximumIdentifierLength).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !excluded.contains($0) }
            && text != "." && text != ".."
    }

    package static let maximumIdentifierLength = 200
    private static let excluded = Array("\"'/\\?#%<>`".utf8)

    /// A text for people: at most `maximum` bytes of UTF-8, and no control characters.
    package static func isText(_ text: String, atMost maximum: Int) -> Bool {
        text.utf8.count <= maximum
            && text.unicodeScalars.allSatisfy {
                $0.properties.generalCategory != .control && $0.properties.generalCategory != .lineSeparator
                    && $0.properties.generalCategory != .paragraphSeparator
            }
    }

    /// An address with one `@` between two nonempty parts, at most 254 bytes; whether it can receive mail is not known.
    package static func isEmail(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
            && isText(text, atMost: 254)
    }
}
