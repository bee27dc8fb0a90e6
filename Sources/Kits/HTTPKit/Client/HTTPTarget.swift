/// The validated target of a request, which is safe to put on the wire.
struct HTTPTarget: Hashable, Sendable {
    /// Scheme, host and port, in lower case: requests of one origin share connections.
    var origin: String
    /// Scheme, host, port and path, without the query; safe to show.
    var place: String

    /// - Throws: ``HTTPTransportError`` with code `invalidURL` if the URL, the method or a header field is invalid.
    init(checking request: HTTPRequest) throws(HTTPTransportError) {
        self = try Self.parse(request.url)
        func refuse(_ message: String) -> HTTPTransportError {
            HTTPTransportError(code: .invalidURL, place: place, message: message)
        }
        guard Grammar.isToken(request.method.utf8) else { throw refuse("the method is not an HTTP token") }
        guard request.method != "CONNECT" else { throw refuse("the method CONNECT is for proxies only") }
        guard request.method != "HEAD" || request.body.isEmpty else { throw refuse("a HEAD request has no body") }
        for field in request.headers.fields {
            guard Grammar.isToken(field.name.utf8) else { throw refuse("a header's name is not an HTTP token") }
            guard Grammar.isFieldValue(field.value.utf8) else {
                throw refuse("the header \(field.name) has control characters in its value")
            }
        }
    }

    private static func parse(_ url: String) throws(HTTPTransportError) -> HTTPTarget {
        func refuse(_ message: String) -> HTTPTransportError {
            HTTPTransportError(code: .invalidURL, place: "", message: message)
        }
        guard url.utf8.allSatisfy(Grammar.isURIByte) else {
            throw refuse("the URL has characters that must be percent-encoded")
        }
        let shown = url.prefix { $0 != "?" && $0 != "#" }
        guard let separator = shown.firstRange(of: "://") else { throw refuse("the URL has no scheme") }
        let scheme = shown[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { throw refuse("the URL is neither http nor https") }
        let authority = shown[separator.upperBound...].prefix { $0 != "/" }
        guard !authority.isEmpty else { throw refuse("the URL has no host") }
        guard !authority.contains("@") else { throw refuse("the URL contains a user name or password") }
        return HTTPTarget(origin: "\(scheme)://\(authority.lowercased())", place: String(shown))
    }

    init(origin: String, place: String) {
        self.origin = origin
        self.place = place
    }
}
