import Glibc

/// The request line and header fields of a request (RFC 9112).
///
/// Parsing is strict, to prevent request smuggling: anything that a proxy might interpret differently is rejected, such
/// as lines that do not end in CR LF, folded fields, control characters, misplaced whitespace, two lengths, a length
/// together with a transfer coding, and any coding but `chunked`.
struct HTTPRequestHead {
    enum Body: Equatable {
        case none
        case length(Int)
        case chunked
    }

    let method: String
    let target: String
    let headers: HTTPHeaders
    let body: Body
    /// Whether the connection closes after this request: the client asked for it or uses HTTP/1.0.
    let isLast: Bool
    /// Whether the client knows chunked bodies: HTTP/1.0 does not.
    let isVersion11: Bool
    /// Whether the client waits for 100 Continue before it sends the body.
    let expectsContinue: Bool

    private static let maximumFields = 100

    /// The size of the head at the beginning of `bytes`, including its empty line; nil when more bytes are needed.
    /// - Parameter scanned: the number of bytes already scanned; updated.
    static func size(in bytes: UnsafeRawBufferPointer, scanned: inout Int, maximum: Int) throws(HTTPFailure) -> Int? {
        guard let start = bytes.baseAddress else { return nil }
        if let first = bytes.first, !Grammar.isTokenByte(first) {
            throw .badRequest("the request does not begin with a method")
        }
        while scanned < bytes.count, let found = memchr(start + scanned, 0x0A, bytes.count - scanned) {
            let index = start.distance(to: UnsafeRawPointer(found))
            guard bytes[index - 1] == 0x0D else { throw .badRequest("a line does not end in CR LF") }
            scanned = index + 1
            if index >= 3, bytes[index - 2] == 0x0A {
                guard scanned <= maximum else { throw .headTooLarge }
                return scanned
            }
        }
        guard bytes.count >= maximum else {
            scanned = bytes.count
            return nil
        }
        if memchr(start, 0x0A, bytes.count) == nil {
            throw HTTPFailure(
                status: 414, code: "target_too_long", message: "the request line is longer than the server allows")
        }
        throw .headTooLarge
    }

    /// - Parameter bytes: a complete head, as found by ``size(in:scanned:maximum:)``.
    init(_ bytes: UnsafeRawBufferPointer) throws(HTTPFailure) {
        var lines = Lines(rest: bytes[...])
        let line = lines.next()
        let words = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 3 else { throw .badRequest("the request line is not a method, a target and a version") }
        guard Grammar.isToken(words[0]) else { throw .badRequest("the method is not an HTTP token") }
        guard !words[1].isEmpty, words[1].allSatisfy(Grammar.isURIByte) else {
            throw .badRequest("the request target has characters that must be percent-encoded")
        }
        isVersion11 = try Self.isVersion11(words[2])
        method = words[0].text
        target = words[1].text
        headers = try Self.fields(&lines)
        try Self.checkHost(headers, isRequired: isVersion11)
        body = try Self.framing(headers, isVersion11: isVersion11)
        isLast = !isVersion11 || Self.hasToken("close", in: headers.values("Connection"))
        expectsContinue = try Self.expectation(headers) && isVersion11
    }

    /// Iterates over lines without their CR LF.
    private struct Lines {
        var rest: Slice<UnsafeRawBufferPointer>

        mutating func next() -> Slice<UnsafeRawBufferPointer> {
            let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
            defer { rest = rest[min(end + 1, rest.endIndex)...] }
            return rest[..<end].dropLast()
        }
    }

    private static func isVersion11(_ word: Slice<UnsafeRawBufferPointer>) throws(HTTPFailure) -> Bool {
        if word.elementsEqual("HTTP/1.1".utf8) { return true }
        if word.elementsEqual("HTTP/1.0".utf8) { return false }
        let numbers = Array(word.dropFirst(5))
        guard word.starts(with: "HTTP/".utf8), numbers.count == 3, numbers[1] == UInt8(ascii: "."),
            Grammar.isDigit(numbers[0]), Grammar.isDigit(numbers[2])
        else { throw .badRequest("the request line does not end in a version of HTTP") }
        throw HTTPFailure(
            status: 505, code: "version_not_supported",
            message: "only the versions 1.0 and 1.1 are supported")
    }

    private static func fields(_ lines: inout Lines) throws(HTTPFailure) -> HTTPHeaders {
        var headers = HTTPHeaders()
        while true {
            let line = lines.next()
            guard let first = line.first else { return headers }
            guard first != 0x20, first != 0x09 else { throw .badRequest("a header field is folded over lines") }
            guard headers.fields.count < maximumFields else { throw .headTooLarge }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), Grammar.isToken(line[..<colon]) else {
                throw .badRequest("a header field has a malformed name")
            }
            let value = line[(colon + 1)...].trimmingBlanks()
            guard Grammar.isFieldValue(value) else { throw .badRequest("a header field has a malformed value") }
            headers.add(line[..<colon].text, value.text)
        }
    }

    /// RFC 9112, section 3.2: exactly one valid Host field.
    private static func checkHost(_ headers: HTTPHeaders, isRequired: Bool) throws(HTTPFailure) {
        let hosts = headers.values("Host")
        if hosts.isEmpty, !isRequired { return }
        guard hosts.count == 1 else { throw .badRequest("the request needs exactly one Host field") }
        let isName = hosts[0].utf8.allSatisfy { Grammar.isURIByte($0) && !"/?#@,".utf8.contains($0) }
        guard isName, !hosts[0].isEmpty else { throw .badRequest("the Host field is malformed") }
    }

    /// RFC 9112, section 6: the framing of the body must be unambiguous.
    private static func framing(_ headers: HTTPHeaders, isVersion11: Bool) throws(HTTPFailure) -> Body {
        let lengths = headers.values("Content-Length")
        let codings = headers.values("Transfer-Encoding")
        if !codings.isEmpty {
            guard lengths.isEmpty else {
                throw .badRequest("Content-Length and Transfer-Encoding exclude each other")
            }
            guard isVersion11, codings.count == 1, codings[0].lowercased() == "chunked" else {
                throw .badRequest("the only supported Transfer-Encoding is chunked")
            }
            return .chunked
        }
        guard let text = lengths.first else { return .none }
        guard lengths.count == 1 else { throw .badRequest("there is more than one Content-Length") }
        guard !text.isEmpty, text.utf8.allSatisfy(Grammar.isDigit) else {
            throw .badRequest("the Content-Length is not a number")
        }
        guard let length = Int(text) else { throw .bodyTooLarge }
        return length == 0 ? .none : .length(length)
    }

    private static func expectation(_ headers: HTTPHeaders) throws(HTTPFailure) -> Bool {
        guard let expectation = headers["Expect"] else { return false }
        guard expectation.lowercased() == "100-continue" else {
            throw HTTPFailure(
                status: 417, code: "expectation_failed", message: "the only supported Expect is 100-continue")
        }
        return true
    }

    private static func hasToken(_ token: String, in values: [String]) -> Bool {
        values.contains { value in
            value.lowercased().utf8.split(separator: UInt8(ascii: ",")).contains { piece in
                piece.filter { $0 != 0x20 && $0 != 0x09 } == Array(token.utf8)
            }
        }
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Removes leading and trailing spaces and tabs.
    func trimmingBlanks() -> Self {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var rest = drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        return rest
    }

    var text: String { String(decoding: UnsafeRawBufferPointer(rebasing: self), as: UTF8.self) }
}

extension HTTPFailure {
    static let bodyTooLarge = HTTPFailure(
        status: 413, code: "body_too_large", message: "the body is larger than the server allows")
    static let headTooLarge = HTTPFailure(
        status: 431, code: "headers_too_large", message: "the header fields are larger than the server allows")
    static let busy = HTTPFailure(
        status: 503, code: "busy", message: "the server is at capacity; try again in a second")
}
