/// The address a server listens on: `127.0.0.1:8787`, `[::1]:80`, `localhost:0`. Port 0 requests any free port.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// A name or an address, without brackets.
    package let host: String
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Nil if host or port is missing or malformed; a bare port does not mean all interfaces.
    package init?(_ text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let digits = text.utf8[colon...].dropFirst()
        guard !digits.isEmpty, digits.allSatisfy(Grammar.isDigit), let port = UInt16(String(text[colon...].dropFirst()))
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":"), host.utf8.allSatisfy(Self.isIPv6Byte) else { return nil }
        } else {
            guard !host.isEmpty, host.utf8.allSatisfy(Self.isNameByte) else { return nil }
        }
        self.init(host: String(host), port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        Grammar.isLetterOrDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    /// The zone after `%` is a name.
    private static func isIPv6Byte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "%")
    }
}
