import HTTPKit
import TestSupport
import Testing

@Suite("Requests a server must not let through")
struct MalformedRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var request: String
        /// The statuses that are a proper refusal; empty: the connection is closed without an answer.
        var statuses: [Int]

        init(_ name: String, _ request: String, _ statuses: Int...) {
            testDescription = name
            self.request = request
            self.statuses = statuses
        }

        /// A request for `/` with a proper Host and `fields` below it.
        static func fields(_ name: String, _ fields: String, body: String = "", _ statuses: Int...) -> Case {
            var result = Case(name, "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)")
            result.statuses = statuses
            return result
        }

        static func target(_ name: String, _ target: String, _ statuses: Int...) -> Case {
            var result = Case(name, "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            result.statuses = statuses
            return result
        }
    }

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
        Case("garbage", "\u{1}\u{2}\u{3}\r\n\r\n"),
        Case("method that is no token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
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
            "length and coding", "Content-Length: 4\r\nTransfer-Encoding: chunked", body: "4\r\nbody\r\n0\r\n\r\n", 400),
        .fields("unknown coding", "Transfer-Encoding: gzip", 400),
        .fields("two codings", "Transfer-Encoding: gzip, chunked", body: "0\r\n\r\n", 400),
        .fields("coding in disguise", "Transfer-Encoding: xchunked", 400),
        .fields("garbage chunk", "Transfer-Encoding: chunked", body: "zz\r\nbody\r\n0\r\n\r\n", 400),
        .fields("chunk beyond 64 bits", "Transfer-Encoding: chunked", body: "fffffffffffffffff\r\nbody", 400, 413),
        .target("half an escape", "/%4", 400),
        .target("bad escape", "/%zz", 400),
        .target("escape that is no UTF-8", "/%ff", 400),
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

    @Test("is refused, and the server goes on", arguments: cases)
    func refused(_ malformed: Case) async throws {
        try await withServer { _ in
            .text("let through")
        } body: { server async throws in
            let port = server.port
            let answer = await blocking {
                guard let connection = RawConnection(port: port) else { return "not connected" }
                defer { connection.close() }
                connection.send(malformed.request)
                return connection.read()
            }
            let status = answer.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            #expect(malformed.statuses.isEmpty ? answer.isEmpty : malformed.statuses.contains(status ?? 0), "\(answer)")
            let transport = CurlTransport()
            #expect(try await transport.send(HTTPRequest(url: server.url)).text == "let through")
            transport.close()
        }
    }
}
