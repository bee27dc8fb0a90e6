import HTTPKit
import TestSupport
import Testing

@Suite("Requests that must not leave the machine")
struct HTTPTargetTests {
    private let transport = CurlTransport()

    @Test(arguments: [
        "", "/", "127.0.0.1:1", "http:", "http://", "http:///path", "ftp://127.0.0.1/", "file:///etc/passwd",
        "gopher://127.0.0.1:1/", "http://127.0.0.1:1/ HTTP/1.1\r\nX-Evil: 1\r\n\r\n", "http://127.0.0.1:1/\r",
        "http://127.0.0.1:1/\u{0}", "http://127.0.0.1:1/a b", "http://127.0.0.1:1/счёт", "http://127.0.0.1:99999/",
        "http://user@127.0.0.1:1/", "http://user:password@127.0.0.1:1/", "http://127.0.0.1:x/", "http://[::1/",
    ])
    func `a URL that is not http or https is rejected`(_ url: String) async {
        await expectFailure(.invalidURL) { try await transport.send(HTTPRequest(url: url)) }
    }

    @Test(arguments: ["", "GET /x HTTP/1.1\r\nX: y\r\n\r\n", "GE T", "GET\n", "GET\u{0}", "CONNECT"])
    func `a method that is not a token is rejected`(_ method: String) async {
        await expectFailure(.invalidURL) {
            try await transport.send(HTTPRequest(method: method, url: "http://127.0.0.1:1/"))
        }
    }

    @Test(arguments: [
        ("X-A", "1\r\nX-Evil: 1"), ("X-A", "1\nX-Evil: 1"), ("X-A", "1\rX-Evil: 1"), ("X-A", "1\u{0}2"),
        ("X-A", "\u{7F}"), ("X-A\r\nX-Evil", "1"), ("X-A: 1\r\nX-Evil", "1"), ("X A", "1"), ("X-A:", "1"),
        ("", "1"), ("Х", "1"),
    ])
    func `a header field with a line break is rejected`(_ name: String, _ value: String) async {
        let error = await expectFailure(.invalidURL) {
            try await transport.send(HTTPRequest(url: "http://127.0.0.1:1/?q", headers: HTTPHeaders([(name, value)])))
        }
        #expect(error?.place == "http://127.0.0.1:1/")
    }

    @Test
    func `framing header fields are set by the transport alone`() async throws {
        let server = try RawServer { connection, _ in
            let head = connection.read(until: "\r\n\r\n")
            let body = connection.read(until: "body")
            let fields = head.split(separator: "\r\n").dropFirst().map { $0.lowercased() }.sorted()
            let answer = fields.joined(separator: "|") + "|" + body
            connection.send("HTTP/1.1 200 OK\r\n\r\n\(answer)")
            connection.close()
        }
        let headers = HTTPHeaders([
            ("Content-Length", "999"), ("transfer-encoding", "chunked"), ("Expect", "100-continue"), ("Accept", "a/b"),
            ("User-Agent", "test"),
        ])
        let response = try await transport.send(
            HTTPRequest(method: "POST", url: server.url, headers: headers, body: Array("body".utf8)))
        let host = server.url.dropFirst("http://".count)
        #expect(response.text == "accept: a/b|content-length: 4|host: \(host)|user-agent: test|body")
    }
}
