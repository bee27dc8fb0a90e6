internal import EncodingKit

/// Where a RabbitMQ broker is and who speaks to it: `amqp://user@host:port/vhost`.
package struct AMQPAddress: Hashable, Sendable, CustomStringConvertible {
    package var user: String
    /// A name or an address, without brackets.
    package var host: String
    package var port: UInt16
    package var virtualHost: String

    package init(user: String = "guest", host: String, port: UInt16 = 5672, virtualHost: String = "/") {
        self.user = user
        self.host = host
        self.port = port
        self.virtualHost = virtualHost
    }

    /// Reads a URL. User and virtual host are percent-encoded; without them, the user is `guest` and the virtual host
    /// is `/`.
    package init(_ url: String) throws(AMQPAddressError) {
        guard let colon = url.utf8.firstIndex(of: UInt8(ascii: ":")), url[colon...].hasPrefix("://") else {
            throw .notAMQP
        }
        switch url[..<colon].lowercased() {
        case "amqp": break
        case "amqps": throw .encrypted
        default: throw .notAMQP
        }
        var rest = url[url.utf8.index(colon, offsetBy: 3)...]
        // Everything before the last @, so that a password that contains one is recognized, and not shown as a host.
        var user = "guest"
        if let end = rest.utf8.lastIndex(of: UInt8(ascii: "@")) {
            guard !rest[..<end].utf8.contains(UInt8(ascii: ":")) else { throw .password }
            guard let name = PercentEncoding.decode(rest[..<end]), !name.isEmpty else { throw .user }
            user = name
            rest = rest[rest.utf8.index(after: end)...]
        }
        guard !rest.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) else { throw .query }
        let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/"))
        let path = slash.map { rest[rest.utf8.index(after: $0)...] } ?? ""
        guard !path.utf8.contains(UInt8(ascii: "/")), let virtualHost = PercentEncoding.decode(path),
            virtualHost.utf8.count <= 255
        else { throw .virtualHost }
        let (host, port) = try Self.hostAndPort(rest[..<(slash ?? rest.endIndex)])
        self.init(user: user, host: host, port: port, virtualHost: virtualHost.isEmpty ? "/" : virtualHost)
    }

    /// Reads a URL whose user may be followed by a password, as RabbitMQ's own tools do: `amqp://user:password@host`.
    /// - Returns: the address, which does not have the password, and the password; nil without one.
    package static func withPassword(_ url: String) throws(AMQPAddressError) -> (AMQPAddress, password: String?) {
        guard let slashes = url.utf8.firstRange(of: "://".utf8) else { throw .notAMQP }
        let rest = url[slashes.upperBound...]
        guard let end = rest.utf8.lastIndex(of: UInt8(ascii: "@")),
            let colon = rest[..<end].utf8.firstIndex(of: UInt8(ascii: ":"))
        else { return (try AMQPAddress(url), nil) }
        guard let password = PercentEncoding.decode(rest[rest.utf8.index(after: colon)..<end]) else { throw .password }
        return (try AMQPAddress(String(url[..<colon] + rest[end...])), password)
    }

    package var description: String {
        let host = host.contains(":") ? "[\(host)]" : host
        let path = virtualHost == "/" ? "" : PercentEncoding.encode(virtualHost)
        return "amqp://\(PercentEncoding.encode(user))@\(host):\(port)/\(path)"
    }

    private static func hostAndPort(_ text: Substring) throws(AMQPAddressError) -> (String, UInt16) {
        let host: Substring
        let tail: Substring
        if text.utf8.first == UInt8(ascii: "[") {
            guard let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) else { throw .host }
            host = text[..<end].dropFirst()
            tail = text[text.utf8.index(after: end)...]
            guard host.contains(":"), host.utf8.allSatisfy({ isNameByte($0) || $0 == UInt8(ascii: ":") }) else {
                throw .host
            }
        } else {
            host = text[..<(text.utf8.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex)]
            tail = text[host.endIndex...]
            guard !host.isEmpty, host.utf8.allSatisfy(isNameByte) else { throw .host }
        }
        guard !tail.isEmpty else { return (String(host), 5672) }
        let digits = tail.utf8.dropFirst()
        guard tail.utf8.first == UInt8(ascii: ":"), !digits.isEmpty,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(String(tail.dropFirst())), port > 0
        else { throw .port }
        return (String(host), port)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        PercentEncoding.isUnreserved(byte) && byte != UInt8(ascii: "~")
    }
}

/// Why a text is not the address of a RabbitMQ broker. It does not repeat the text, which may contain a password.
package enum AMQPAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    case notAMQP
    case encrypted
    case password
    case user
    case host
    case port
    case virtualHost
    case query

    package var description: String {
        switch self {
        case .notAMQP: "a broker's URL is amqp://USER@HOST:PORT/VHOST"
        case .encrypted: "amqps is not supported: use amqp on a trusted network or through a tunnel"
        case .password:
            "the broker's URL must not contain a password, or the password is not valid percent-encoded text"
        case .user: "the user in the broker's URL is not valid percent-encoded text"
        case .host: "the broker's URL has no valid host"
        case .port: "the port in the broker's URL is not a number from 1 to 65535"
        case .virtualHost: "the virtual host in the broker's URL is not valid: encode / as %2F"
        case .query: "the broker's URL must not have a query or a fragment"
        }
    }
}
