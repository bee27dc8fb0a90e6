import HTTPKit
import TestSupport
import Testing

@Suite("HTTP server")
struct HTTPServerTests {
    private let transport = CurlTransport()

    /// Sends `request` over its own connection and returns everything received until the server closes.
    private func exchange(_ server: HTTPServer, _ request: String) async -> String {
        let port = server.port
        return await blocking {
            guard let connection = RawConnection(port: port) else { return "not connected" }
            defer { connection.close() }
            connection.send(request)
            return connection.read()
        }
    }

    @Test
    func `requests on one connection are answered in order, pipelined ones too`() async throws {
        try await withServer(handler: echo) { server async throws in
            let port = server.port
            let answers = await blocking { () -> [String] in
                guard let connection = RawConnection(port: port) else { return [] }
                defer { connection.close() }
                connection.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
                let first = connection.readAnswer()
                connection.send(
                    "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwo"
                        + "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n"
                        + "PUT /4 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "2\r\nfo\r\n2\r\nur\r\n0\r\n\r\n"
                        + "GET /5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                return [first] + (2...5).map { _ in connection.readAnswer() } + [connection.read()]
            }
            let bodies = answers.map { answer in
                answer.split(separator: "\r\n", omittingEmptySubsequences: false).last.map(String.init)
            }
            #expect(bodies == ["GET /1 ", "POST /2 two", "GET /3 ", "PUT /4 four", "GET /5 ", ""])
        }
    }

    @Test(arguments: [
        ("GET", 200, "body", "4", "body"), ("GET", 200, "", "0", ""), ("HEAD", 200, "body", "4", ""),
        ("POST", 404, "", "0", ""), ("BREW", 200, "body", "4", "body"), ("GET", 204, "body", nil, ""),
    ])
    func `each response states its length, and has no body where none is allowed`(
        _ method: String, _ status: Int, _ body: String, _ length: String?, _ sent: String
    ) async throws {
        try await withServer { _ in
            .text(body, status: status)
        } body: { server async throws in
            let answer = await exchange(server, "\(method) / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            let fields = parts[0].split(separator: "\r\n").map(String.init)
            #expect(fields[0].hasPrefix("HTTP/1.1 \(status) "))
            #expect(fields.contains { $0.hasPrefix("Date: ") })
            let lengths = fields.filter { $0.hasPrefix("Content-Length: ") }
            #expect(lengths == (length.map { ["Content-Length: \($0)"] } ?? []))
            #expect(parts.last.map(String.init) == sent)
        }
    }

    @Test(arguments: [
        ("GET", "/", "/"), ("GET", "/a/../b//", "/a/../b//"), ("GET", "http://host", "/"),
        ("GET", "HTTP://host:1/a?b", "/a"), ("OPTIONS", "*", "*"), ("GET", "/a+b%2B", "/a+b+"),
    ])
    func `every form of a request target is understood`(_ method: String, _ target: String, _ path: String) async throws
    {
        try await withServer(handler: echo) { server async throws in
            let answer = await exchange(server, "\(method) \(target) HTTP/1.0\r\n\r\n")
            #expect(answer.hasSuffix("\r\n\r\n\(method) \(path) "))
        }
    }

    @Test
    func `64 handlers run concurrently`() async throws {
        let gate = Gate(expected: 64)
        let answers = try await withServer { request in
            await gate.pass()
            return await echo(request)
        } body: { server in
            let url = server.url
            return try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<64 {
                    group.addTask { try await transport.send(HTTPRequest(url: "\(url)/\(number)")).text }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
        }
        #expect(answers == Set((0..<64).map { "GET /\($0) " }))
    }

    @Test(arguments: [true, false])
    func `a client that disconnects during handling does no harm`(_ isReset: Bool) async throws {
        let gate = Gate()
        try await withServer { request in
            if request.path == "/held" { await gate.pass() }
            return await echo(request)
        } body: { server async throws in
            let port = server.port
            let connection = await blocking { RawConnection(port: port) }
            connection?.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
            await gate.firstArrival()
            if isReset { connection?.reset() } else { connection?.close() }
            gate.open()
            #expect(try await transport.send(HTTPRequest(url: server.url)).text == "GET / ")
        }
    }

    @Test
    func `the immediate handler is asked first`() async throws {
        try await withServer {
            $0.path == "/now" ? .text("immediate") : nil
        } handler: { _ in
            .text("later")
        } body: { server async throws in
            #expect(try await transport.send(HTTPRequest(url: "\(server.url)/now")).text == "immediate")
            #expect(try await transport.send(HTTPRequest(url: "\(server.url)/other")).text == "later")
        }
    }

    @Test(arguments: [true, false])
    func `a broken response is a lost connection to the client, and the server goes on`(_ isImmediate: Bool)
        async throws
    {
        @Sendable func answer(_ request: HTTPServerRequest) -> HTTPServerAnswer {
            let response = HTTPResponse(status: 200, body: Array(repeating: 65, count: 100_000))
            return switch request.path {
            case "/reset": .reset
            case "/half": .truncated(response, sentBytes: 50_000)
            case "/head": .truncated(response, sentBytes: 0)
            case "/whole": .truncated(response, sentBytes: 100_000)
            default: .response(response)
            }
        }
        try await withServer(immediate: isImmediate ? answer : nil) {
            answer($0)
        } body: { server async throws in
            let url = server.url
            for path in ["/reset", "/half", "/head", "/reset"] {
                await expectFailure(.connectionLost) { try await transport.send(HTTPRequest(url: url + path)) }
                #expect(try await transport.send(HTTPRequest(url: url)).body.count == 100_000)
            }
            #expect(try await transport.send(HTTPRequest(url: url + "/whole")).body.count == 100_000)
            let half = await exchange(server, "GET /half HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(half.contains("Content-Length: 100000\r\n"))
            #expect(half.split(separator: "\r\n\r\n").last?.utf8.count == 50_000)
        }
    }

    @Test(arguments: [
        HTTPResponse(status: 200, headers: HTTPHeaders([("X-A", "1\r\nX-Evil: 1")])),
        HTTPResponse(status: 200, headers: HTTPHeaders([("X A", "1")])), HTTPResponse(status: 99),
        HTTPResponse(status: 101), HTTPResponse(status: 1000), HTTPResponse(status: -1),
    ])
    func `a response that HTTP cannot carry becomes 500`(_ response: HTTPResponse) async throws {
        try await withServer { _ in
            .response(response)
        } body: { server async throws in
            let answer = try await transport.send(HTTPRequest(url: server.url))
            #expect(answer.status == 500)
            #expect(answer.text == #"{"code":"internal","message":"the server produced an invalid response"}"#)
        }
    }

    @Test
    func `a handler cannot change the framing of its response`() async throws {
        let headers = HTTPHeaders([("Content-Length", "1"), ("Transfer-Encoding", "chunked"), ("X-A", "1")])
        try await withServer { _ in
            .response(HTTPResponse(status: 200, headers: headers, body: Array("body".utf8)))
        } body: { server async throws in
            let answer = try await transport.send(HTTPRequest(url: server.url))
            #expect(answer.text == "body")
            #expect(answer.headers.values("Content-Length") == ["4"])
            #expect(answer.headers["Transfer-Encoding"] == nil)
        }
    }
}
