import EncodingKit

/// A URL that paths are appended to.
package enum BaseURL {
    /// URL parts that may be forbidden.
    package struct Parts: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// `user:password@`.
        package static let credentials = Parts(rawValue: 1)
        package static let query = Parts(rawValue: 2)
        package static let fragment = Parts(rawValue: 4)
        package static let all: Parts = [.credentials, .query, .fragment]
    }

    /// The URL without trailing slashes, which are not significant.
    package static func trimmed(_ url: String) -> String {
        var url = url[...]
        while url.last == "/" { url.removeLast() }
        return String(url)
    }

    /// Why a text is not a base URL, such as `"must begin with http:// or https://"`; nil if it is one. The reason does
    /// not quote the text, which may contain a password.
    /// - Parameter isForApps: whether it may have an app's scheme, because the URL is opened by others.
    package static func flaw(_ url: String, forbidding parts: Parts = .all, isForApps: Bool = false) -> String? {
        let bytes = Array(url.utf8)
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"<>\"\\^`{|}".utf8.contains($0) }) else {
            return "must be visible ASCII characters, others percent-encoded"
        }
        let scheme = url.prefix { $0 != ":" }.lowercased()
        let isKnown = isForApps ? isApps(scheme) : ["http", "https"].contains(scheme)
        guard isKnown, bytes.dropFirst(scheme.utf8.count).starts(with: "://".utf8) else {
            return isForApps ? "must begin with https:// or an app's scheme" : "must begin with http:// or https://"
        }
        let rest = bytes.dropFirst(scheme.utf8.count + 3)
        let authority = rest.prefix { !"/?#".utf8.contains($0) }
        let tail = rest.dropFirst(authority.count)
        if parts.contains(.fragment), tail.contains(UInt8(ascii: "#")) { return "must have no fragment ('#')" }
        if parts.contains(.query), tail.contains(UInt8(ascii: "?")) { return "must have no query ('?')" }
        let at = authority.lastIndex(of: UInt8(ascii: "@"))
        if parts.contains(.credentials), at != nil { return "must have no user name or password" }
        return flaw(ofPlace: at.map { authority[($0 + 1)...] } ?? authority)
    }

    /// Whether a scheme (RFC 3986, 3.1) may open an app and not local files.
    private static func isApps(_ scheme: String) -> Bool {
        let isWord = scheme.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0)
        }
        return isWord && scheme.utf8.first.map { (0x61...0x7A).contains($0) } ?? false
            && !["file", "data", "javascript", "ftp"].contains(scheme)
    }

    /// - Parameter place: host and port.
    private static func flaw(ofPlace place: ArraySlice<UInt8>) -> String? {
        var (host, port) = (place, ArraySlice<UInt8>())
        if place.first == UInt8(ascii: "[") {
            guard let end = place.firstIndex(of: UInt8(ascii: "]")) else { return "must have a ']' after its address" }
            host = place[place.startIndex + 1..<end]
            let behind = place[(end + 1)...]
            guard behind.isEmpty || behind.first == UInt8(ascii: ":") else {
                return "must have its port after the ']'"
            }
            port = behind
            guard !host.isEmpty, host.allSatisfy({ Hex.value($0) != nil || ":.".utf8.contains($0) }) else {
                return "must have an IPv6 address between '[' and ']'"
            }
        } else if let colon = place.firstIndex(of: UInt8(ascii: ":")) {
            (host, port) = (place[..<colon], place[colon...])
        }
        guard !host.isEmpty else { return "must name a host" }
        guard !host.contains(UInt8(ascii: "@")) else { return "must name one host" }
        guard !port.isEmpty else { return nil }
        let digits = port.dropFirst()
        let number = digits.count <= 5 ? Int(String(decoding: digits, as: UTF8.self)) : nil
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }), let number, (1...65535).contains(number) else {
            return "must have a port from 1 to 65535"
        }
        return nil
    }
}
