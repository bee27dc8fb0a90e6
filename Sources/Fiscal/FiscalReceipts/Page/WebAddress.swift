/// Web addresses on receipts, usually a bare host: `www.nalog.gov.ru`.
enum WebAddress {
    /// The address with its scheme.
    ///
    /// Nil if the link could be misleading: it contains a user, a port, another scheme, or anything but letters, digits
    /// and a few signs.
    static func uri(of text: String) -> String? {
        let schemes = ["https://", "http://"]
        let scheme = schemes.first { text.hasPrefix($0) }
        let address = text.utf8.dropFirst(scheme?.utf8.count ?? 0)
        let host = address.prefix { $0 != UInt8(ascii: "/") }
        let path = address[host.endIndex...]
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count > 1, text.utf8.count <= 200,
            labels.allSatisfy({ !$0.isEmpty && $0.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "-") } }),
            path.allSatisfy({ isPlain($0) || "-._~/".utf8.contains($0) })
        else { return nil }
        return scheme == nil ? schemes[0] + text : text
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        let character = Character(Unicode.Scalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber)
    }
}
