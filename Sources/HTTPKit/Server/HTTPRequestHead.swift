/// The request line and header fields of a request, and what RFC 9112 says against them.
struct HTTPRequestHead {
    var method: String
    /// `HTTP/1.1` or `HTTP/1.0`.
    var version: String
    var target: String
    var headers: HTTPHeaders

    private static let maximumFields = 100
    private static let bytesAroundField = 4

    /// The reason to refuse the request before its body is read, if there is one.
    func failure(_ limits: HTTPServerLimits) -> HTTPFailure? {
        guard size <= limits.maximumHeaderBytes, headers.fields.count <= Self.maximumFields else {
            return HTTPFailure(
                status: 431, code: "headers_too_large", message: "the header fields are larger than the server allows")
        }
        guard Grammar.isToken(method.utf8) else { return .badRequest("the method is not an HTTP token") }
        for field in headers.fields
        where !Grammar.isToken(field.name.utf8) || !Grammar.isFieldValue(field.value.utf8) {
            return .badRequest("a header field has a malformed name or value")
        }
        return hostFailure ?? framingFailure ?? sizeFailure(limits)
    }

    private var size: Int {
        headers.fields.reduce(method.utf8.count + target.utf8.count) {
            $0 + $1.name.utf8.count + $1.value.utf8.count + Self.bytesAroundField
        }
    }

    /// RFC 9112, section 3.2: one Host field, with a name that can be one.
    private var hostFailure: HTTPFailure? {
        let hosts = headers.values("Host")
        if hosts.isEmpty, version == "HTTP/1.0" { return nil }
        guard hosts.count == 1 else { return .badRequest("the request needs exactly one Host field") }
        let isName = hosts[0].utf8.allSatisfy { Grammar.isURIByte($0) && !"/?#@,".utf8.contains($0) }
        return isName && !hosts[0].isEmpty ? nil : .badRequest("the Host field is malformed")
    }

    /// RFC 9112, section 6: there must be one way to tell where the body ends.
    private var framingFailure: HTTPFailure? {
        let lengths = headers.values("Content-Length")
        let codings = headers.values("Transfer-Encoding")
        if !codings.isEmpty {
            guard lengths.isEmpty else {
                return .badRequest("Content-Length and Transfer-Encoding exclude each other")
            }
            guard version != "HTTP/1.0", codings.count == 1, codings[0].lowercased() == "chunked" else {
                return .badRequest("the only Transfer-Encoding understood is chunked")
            }
        }
        guard lengths.count <= 1 else { return .badRequest("there is more than one Content-Length") }
        guard lengths.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Grammar.isDigit) }) else {
            return .badRequest("the Content-Length is not a number")
        }
        return nil
    }

    private func sizeFailure(_ limits: HTTPServerLimits) -> HTTPFailure? {
        guard let length = headers["Content-Length"] else { return nil }
        return Int(length).map { $0 <= limits.maximumBodyBytes } == true ? nil : .bodyTooLarge
    }
}

extension HTTPFailure {
    static let bodyTooLarge = HTTPFailure(
        status: 413, code: "body_too_large", message: "the body is larger than the server allows")
}
