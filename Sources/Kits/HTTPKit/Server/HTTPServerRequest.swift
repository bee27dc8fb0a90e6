import EncodingKit

/// A complete request as received by a server, validated and decoded.
package struct HTTPServerRequest: Sendable {
    /// As sent; handlers must answer `HEAD` and unknown methods.
    package let method: String
    /// The request target as sent on the request line.
    package let target: String
    /// The path, percent-decoded; ``pathSegments`` tells an encoded `/` from a separating one.
    package let path: String
    /// The segments of the path, each percent-decoded; empty for `/` and `*`.
    package let pathSegments: [String]
    /// The decoded query, in order; names may repeat.
    package let query: [URLQuery.Item]
    package let headers: HTTPHeaders
    /// Empty until it has been received.
    package internal(set) var body: [UInt8]
    /// The peer's IP address without its port.
    package let remoteAddress: String

    /// - Throws: ``HTTPFailure`` with status 400 when the target is malformed.
    package init(
        method: String = "GET", target: String, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [],
        remoteAddress: String = "127.0.0.1", maximumQueryItems: Int = 64
    ) throws(HTTPFailure) {
        let parts = try Self.split(target)
        guard let segments = Self.decodeSegments(parts.path) else {
            throw .badRequest("the path is not percent-encoded UTF-8 text")
        }
        guard let query = URLQuery.parse(parts.query, maximumCount: maximumQueryItems) else {
            throw .badRequest("the query is not percent-encoded UTF-8 text, or has too many parameters")
        }
        self.method = method
        self.target = target
        path = parts.path == "*" ? "*" : "/" + segments.joined(separator: "/")
        pathSegments = segments
        self.query = query
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
    }

    /// The first value of the query parameter `name`.
    package func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The forms of a request target (RFC 9112, section 3.2); a leading scheme and host are ignored.
    private static func split(_ target: String) throws(HTTPFailure) -> (path: Substring, query: Substring) {
        guard target.utf8.allSatisfy({ Grammar.isURIByte($0) && $0 != UInt8(ascii: "#") }) else {
            throw .badRequest("the request target has characters that must be percent-encoded")
        }
        if target == "*" { return ("*", "") }
        var rest = target[...]
        if let scheme = ["http://", "https://"].first(where: { target.lowercased().hasPrefix($0) }) {
            rest = rest.dropFirst(scheme.utf8.count).drop { $0 != "/" && $0 != "?" }
            if !rest.hasPrefix("/") { rest = "/" + rest }
        }
        guard rest.utf8.first == UInt8(ascii: "/") else { throw .badRequest("the request target is not a path") }
        let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        return (rest[..<mark], rest[mark...].dropFirst())
    }

    private static func decodeSegments(_ path: Substring) -> [String]? {
        guard path != "*", path != "/" else { return [] }
        var segments: [String] = []
        for piece in path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let segment = PercentEncoding.decode(String(decoding: piece, as: UTF8.self)) else { return nil }
            segments.append(segment)
        }
        return segments
    }
}
