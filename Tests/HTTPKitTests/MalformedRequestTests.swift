import HTTPKit
import TestSupport
import Testing

@Suite("Malformed requests")
struct MalformedRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var request: String
        /// The acceptable error statuses.
        var statuses: [Int]

        init(_ name: String, _ request: String, _ statuses: Int...) {
            testDescription = name
            self.request = request
            self.statuses = statuses
        }

        /// A request for `/` with a valid Host, followed by `fields`.
        static func fields(_ name: String, _ fields: String, body: String = "", _ statuses: Int...) -> Case {
            var result = Case(name, "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)")
            result.statuses = statuses
            return result
        }

        static func chunks(_ name: String, _ body: String, _ statuses: Int...) -> Case {
            var result = fields("chunks: " + name, "Transfer-Encoding: chunked", body: body)
            result.statuses = statuses
            return result
        }

        static func target(_ name: String, _ target: String, _ statuses: Int...) -> Case {
            var result = Case(name, "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            result.statuses = statuses
            return result
        }
    }

    /// A second request, smuggled past a parser that misreads the end of the first.
    private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

    static let cases: [Case] = [
        Case("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
        Case("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        Case("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
        Case("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        Case("Host with a user", "GET / HTTP/1.1\r\nHost: b@a\r\n\r\n", 400),
        Case("Host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        Case("no version", "GET /\r\n\r\n", 400, 505),
        Case("version of the future", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400, 505),
        Case("lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", 400, 505),
        Case("version without a minor number", "GET / HTTP/1\r\nHost: a\r\n\r\n", 400),
        Case("version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
        Case("preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        Case("garbage", "\u{1}\u{2}\u{3}\r\n\r\n", 400),
        Case("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{3}\u{3}", 400),
        Case("bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400),
        Case("one bare LF", "GET / HTTP/1.1\r\nHost: a\nA: b\r\n\r\n", 400),
        Case("LF LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
        Case("bare CR between fields", "GET / HTTP/1.1\r\nHost: a\rA: b\r\n\r\n", 400),
        Case("bare CR in the request line", "GET / HTTP/1.1\r \r\nHost: a\r\n\r\n", 400),
        Case("two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("tabs in the request line", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("blank behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
        Case("blank before the method", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("folded first field", "GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n", 400),
        Case("NUL in the target", "GET /a\u{0}b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("NUL in the method", "GE\u{0}T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("invalid method", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("field without colon", "GET / HTTP/1.1\r\nHost: a\r\nfield\r\n\r\n", 400),
        Case("blank before colon", "GET / HTTP/1.1\r\nHost: a\r\nName : value\r\n\r\n", 400),
        Case("control character in a value", "GET / HTTP/1.1\r\nHost: a\r\nName: a\u{1}b\r\n\r\n", 400),
        Case("many fields", "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "a:b\r\n", count: 200) + "\r\n", 431),
        Case(
            "large head", "GET / HTTP/1.1\r\nHost: a\r\nA: " + String(repeating: "x", count: 17 << 10) + "\r\n\r\n",
            431),
        Case(
            "huge head", "GET / HTTP/1.1\r\nHost: a\r\nA: " + String(repeating: "x", count: 200 << 10) + "\r\n\r\n",
            413, 431),
        Case(
            "huge target", "GET /" + String(repeating: "x", count: 200 << 10) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414, 431
        ),
        .fields("folded field", "A: b\r\n c\r\nContent-Length: 4", body: "body", 400),
        .fields("field folded by a tab", "A: b\r\n\tc", 400),
        .fields("length in a fold", "A: b\r\n Content-Length: 34", body: smuggled, 400),
        .fields("length folded away", "Content-Length:\r\n 34", body: smuggled, 400),
        .fields("fold of blanks alone", "A: b\r\n \r\nC: d", 400),
        .fields("NUL in a name", "A\u{0}b: c", 400),
        .fields("NUL in a value", "A: b\u{0}c", 400),
        .fields("bare CR in a value", "A: b\rContent-Length: 34", body: smuggled, 400),
        .fields("empty name", ": b", 400),
        .fields("blank before the colon of a coding", "Transfer-Encoding : chunked", body: "0\r\n\r\n", 400),
        .fields("blank before the colon of a length", "Content-Length : 34", body: smuggled, 400),
        .fields("length with a comma", "Content-Length: 4,", body: "body", 400),
        .fields("length with a blank inside", "Content-Length: 3 4", body: smuggled, 400),
        .fields("negative length", "Content-Length: -1", 400),
        .fields("length with a sign", "Content-Length: +4", body: "body", 400),
        .fields("length in words", "Content-Length: four", body: "body", 400),
        .fields("hexadecimal length", "Content-Length: 0x4", body: "body", 400),
        .fields("length with a tail", "Content-Length: 4, 4", body: "body", 400),
        .fields("empty length", "Content-Length:", 400),
        .fields("two lengths", "Content-Length: 4\r\nContent-Length: 5", body: "body!", 400),
        .fields("the same length twice", "Content-Length: 4\r\nContent-Length: 4", body: "body", 400),
        .fields("length beyond 64 bits", "Content-Length: 99999999999999999999999", 400, 413),
        .fields("length beyond the bound", "Content-Length: 3145728", 413),
        .fields(
            "length and coding", "Content-Length: 4\r\nTransfer-Encoding: chunked",
            body: "4\r\nbody\r\n0\r\n\r\n", 400),
        .fields("unknown coding", "Transfer-Encoding: gzip", 400),
        .fields("two codings", "Transfer-Encoding: gzip, chunked", body: "0\r\n\r\n", 400),
        .fields("coding in disguise", "Transfer-Encoding: xchunked", 400),
        .fields("identity", "Transfer-Encoding: identity", body: smuggled, 400),
        .fields("coding with a vertical tab", "Transfer-Encoding:\u{B}chunked", body: "0\r\n\r\n", 400),
        .fields("coding with a parameter", "Transfer-Encoding: chunked;q=1", body: "0\r\n\r\n", 400),
        .fields("coding in quotes", "Transfer-Encoding: \"chunked\"", body: "0\r\n\r\n", 400),
        .fields("empty coding", "Transfer-Encoding:", body: smuggled, 400),
        .fields(
            "chunked and identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            body: "0\r\n\r\n", 400),
        .fields("chunked twice", "Transfer-Encoding: chunked, chunked", body: "0\r\n\r\n", 400),
        .fields(
            "coding and length", "Transfer-Encoding: chunked\r\nContent-Length: 4", body: "0\r\n\r\n" + smuggled, 400),
        Case(
            "coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        .chunks("negative size", "-4\r\nbody\r\n0\r\n\r\n", 400),
        .chunks("size with a plus", "+4\r\nbody\r\n0\r\n\r\n", 400),
        .chunks("size with 0x", "0x4\r\nbody\r\n0\r\n\r\n", 400),
        .chunks("size with a blank", "4 \r\nbody\r\n0\r\n\r\n", 400),
        .chunks("no size", "\r\nbody\r\n0\r\n\r\n", 400),
        .chunks("lines without CR", "4\nbody\n0\n\n", 400),
        .chunks("chunk longer than its size", "4\r\nbodybody\r\n0\r\n\r\n", 400),
        .chunks("chunk shorter than its size", "6\r\nbody\r\n0\r\n\r\n", 400),
        .chunks("size that overflows to 4", "10000000000000004\r\nbody\r\n0\r\n\r\n", 413),
        .chunks("bare CR in an extension", "4;a\rb\r\nbody\r\n0\r\n\r\n", 400),
        .chunks("NUL in an extension", "4;\u{0}\r\nbody\r\n0\r\n\r\n", 400),
        .chunks("endless extension", "4;" + String(repeating: "a", count: 4096) + "\r\nbody\r\n0\r\n\r\n", 400),
        .chunks("malformed trailer", "0\r\nno colon\r\n\r\n", 400),
        .chunks("folded trailer", "0\r\nA: b\r\n c: d\r\n\r\n", 400),
        .chunks("endless trailer", "0\r\n" + String(repeating: "A: b\r\n", count: 400) + "\r\n", 400),
        .fields("garbage chunk", "Transfer-Encoding: chunked", body: "zz\r\nbody\r\n0\r\n\r\n", 400),
        .fields("chunk beyond 64 bits", "Transfer-Encoding: chunked", body: "fffffffffffffffff\r\nbody", 400, 413),
        .target("half an escape", "/%4", 400),
        .target("bad escape", "/%zz", 400),
        .target("escaped bytes that are not UTF-8", "/%ff", 400),
        .target("overlong UTF-8", "/%c0%af", 400),
        .target("NUL in the path", "/a%00b", 400),
        .target("raw bytes beyond ASCII", "/счёт", 400),
        .target("quotation mark", "/a\"b", 400),
        .target("fragment", "/a#b", 400),
        .target("no slash", "a", 400),
        .target("other scheme", "ftp://a/b", 400),
        .target("bad escape in the query", "/?a=%4", 400),
        .target("NUL in the query", "/?a=%00", 400),
        .target("many parameters", "/?" + String(repeating: "a=b&", count: 65), 400),
    ]

    @Test(arguments: cases)
    func `a malformed request gets one error and a closed connection, and reaches no handler`(_ malformed: Case)
        async throws
    {
        try await withServer { _ in
            .text("let through")
        } body: { server async throws in
            let port = server.port
            let answer = await blocking {
                guard let connection = RawConnection(port: port) else { return "not connected" }
                defer { connection.close() }
                connection.send(malformed.request + Self.smuggled)
                let answer = connection.read()
                return connection.isAtEnd ? answer : answer + " and the connection is open"
            }
            let status = answer.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            #expect(malformed.statuses.contains(status ?? 0), "\(answer)")
            #expect(answer.split(separator: "HTTP/1.1 ").count == 1, "\(answer)")
            #expect(!answer.contains("let through") && !answer.contains("is open"), "\(answer)")
            let transport = CurlTransport()
            #expect(try await transport.send(HTTPRequest(url: server.url)).text == "let through")
            transport.close()
        }
    }
}
