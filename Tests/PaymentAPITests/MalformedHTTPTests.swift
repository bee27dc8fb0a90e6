import HTTPKit
import PaymentAPI
import PaymentCore
import TestSupport
import Testing

/// Malformed HTTP, sent to the real server over raw sockets, in the spirit of h1spec: each is refused or bounded, and
/// the server continues serving.
@Suite struct MalformedHTTPTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: String
        /// The acceptable statuses; empty: the connection is closed without a response.
        var statuses: Set<Int>

        init(_ name: String, _ bytes: String, _ statuses: Int...) {
            (testDescription, self.bytes, self.statuses) = (name, bytes, Set(statuses))
        }

        /// A poll with these header fields instead of its own.
        static func poll(_ name: String, _ fields: String, _ body: String = "", _ statuses: Int...) -> Case {
            var result = Case(name, "POST /orders/list HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)")
            result.statuses = Set(statuses)
            return result
        }

        static func target(_ name: String, _ target: String, _ statuses: Int...) -> Case {
            var result = Case(name, "GET \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            result.statuses = Set(statuses)
            return result
        }
    }

    private static let long = String(repeating: "x", count: 100_000)

    static let cases: [Case] = [
        Case("no Host", "GET /healthz HTTP/1.1\r\n\r\n", 400),
        Case("two Hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        Case("empty Host", "GET /healthz HTTP/1.1\r\nHost: \r\n\r\n", 400),
        Case("malformed Host", "GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        .poll("length and coding", "Content-Length: 2\r\nTransfer-Encoding: chunked", "0\r\n\r\n", 400),
        .poll("coding and length", "Transfer-Encoding: chunked\r\nContent-Length: 2", "0\r\n\r\n", 400),
        .poll("two lengths", "Content-Length: 2\r\nContent-Length: 3", "{}x", 400),
        .poll("negative length", "Content-Length: -2", "{}", 400),
        .poll("length beyond the bound", "Content-Length: 4294967296", "", 413),
        .poll("length beyond 64 bits", "Content-Length: 18446744073709551618", "", 400, 413),
        // The key is missing, which is detected before a body is read.
        .poll("chunk size that is none", "Transfer-Encoding: chunked", "g\r\n{}\r\n0\r\n\r\n", 401),
        .poll("negative chunk size", "Transfer-Encoding: chunked", "-2\r\n{}\r\n0\r\n\r\n", 401),
        .poll("chunk size beyond 64 bits", "Transfer-Encoding: chunked", "10000000000000002\r\n{}", 401),
        .poll("chunk longer than its size", "Transfer-Encoding: chunked", "1\r\n{}\r\n0\r\n\r\n", 401),
        .poll("coding that is not known", "Transfer-Encoding: identity", "{}", 400),
        .poll("field folded over lines", "X-Folded: a\r\n b\r\nContent-Length: 16", #"{"orders":["a"]}"#, 400),
        .poll("blank before the colon", "Content-Length : 2", "{}", 400),
        Case("request line without end", "GET /\(long)", 400, 414, 431),
        Case("large field", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n", 413, 431),
        Case(
            "many fields",
            "GET /healthz HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 500) + "\r\n", 431),
        .target("NUL in the target", "/healthz\u{0}", 400),
        .target("NUL in the target, encoded", "/healthz%00", 400),
        .target("control byte in the target", "/health\u{1}z", 400),
        .target("tab in the target", "/health\tz", 400),
        .target("no path", "healthz", 400),
        .target("absolute form of another scheme", "gopher://a/healthz", 400),
        .target("absolute form", "http://a/healthz", 200),
        .target("way out of the root", "/../healthz", 400, 404),
        Case("NUL in a field", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n", 400),
        Case("bare CR in a field", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),
        Case("bare LF instead of CRLF", "GET /healthz HTTP/1.1\nHost: a\nConnection: close\n\n", 400),
        Case("unknown method", "BREW /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405),
        Case("method of another case", "get /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405),
        Case("method of no path", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400, 405),
        Case("no version", "GET /healthz\r\n\r\n", 400, 505),
        Case("version 2", "GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n", 400, 505),
        Case("preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 505),
        Case("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\r\n\r\n", 400),
    ]

    @Test(arguments: cases) func `a malformed request is refused and the server continues`(malformed: Case) async throws
    {
        try await APIFixture.run { api async throws in
            let port = api.api.port
            let answer = await blocking {
                guard let connection = RawConnection(port: port) else { return "not connected" }
                defer { connection.close() }
                connection.send(malformed.bytes)
                connection.endSending()
                return connection.read()
            }
            let status = answer.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            let isProper = status.map(malformed.statuses.contains) ?? answer.isEmpty
            #expect(isProper, "\(answer.prefix(300))")
            #expect(try await api.send("GET", "/healthz").status == 200)
        }
    }

    @Test(arguments: [
        "", "POST /orders/li", "POST /orders/list HTTP/1.1\r\nHost: a\r\n",
        "POST /orders/list HTTP/1.1\r\nHost: a\r\nX-API-Key: KEY\r\nContent-Length: 100\r\n\r\n{\"orders\"",
        "POST /orders/list HTTP/1.1\r\nHost: a\r\nX-API-Key: KEY\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{",
    ])
    func `a client that sends too slowly is disconnected`(beginning: String) async throws {
        var setup = APIFixture.Setup()
        setup.limits.headTimeoutSeconds = 0.5
        setup.limits.bodyTimeoutSeconds = 0.5
        try await APIFixture.run(setup) { api async throws in
            let port = api.api.port
            let beginning = beginning.replacing("KEY", with: api.key)
            let isClosed = await blocking {
                guard let connection = RawConnection(port: port) else { return false }
                defer { connection.close() }
                connection.send(beginning)
                return connection.isAtEnd
            }
            #expect(isClosed)
            #expect(try await api.send("GET", "/healthz").status == 200)
        }
    }

    @Test(arguments: [
        ("POST /orders", 401), ("POST /orders/list", 401), ("POST /order/update", 401),
        ("POST /4.0/payments/v1/orders", 401), ("POST /4.0/payments/v1/callback?token=x", 401),
        ("POST /orders/list HTTP/1.1\r\nX-API-Key: cafe.1.wrong", 401), ("POST /nowhere", 404),
        ("PUT /orders", 405), ("POST /healthz", 405), ("GET /healthz", 400), ("GET /metrics", 400),
    ])
    func `an unauthorized body is refused before it is sent`(beginning: String, status: Int) async throws {
        try await APIFixture.run { api async throws in
            let port = api.api.port
            let line = beginning.contains("HTTP/1.1") ? beginning : beginning + " HTTP/1.1"
            let answer = await blocking {
                guard let connection = RawConnection(port: port) else { return "not connected" }
                defer { connection.close() }
                connection.send("\(line)\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
                return connection.readAnswer() + (connection.isAtEnd ? "closed" : "open")
            }
            #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.hasSuffix("}closed"), "\(answer)")
        }
    }

    @Test func `a truncated bill creates no order`() async throws {
        try await APIFixture.run { api async throws in
            let port = api.api.port
            let bill = APIFixture.bill()
            let key = api.key
            await blocking {
                guard let connection = RawConnection(port: port) else { return }
                connection.send("POST /orders HTTP/1.1\r\nHost: a\r\nX-API-Key: \(key)\r\n")
                connection.send("Content-Length: \(bill.utf8.count)\r\n\r\n")
                connection.send(Array(bill.utf8.prefix(bill.utf8.count - 1)))
                connection.reset()
            }
            let metrics = try await api.send("GET", "/metrics")
            #expect(String(decoding: metrics.body, as: UTF8.self).contains("\nqrpay_orders_created_total 0\n"))
            let order = try await api.order()
            #expect(try await api.list([order.orderID]).statuses == ["WAITING"])
        }
    }
}
