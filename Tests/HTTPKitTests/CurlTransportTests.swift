import HTTPKit
import Synchronization
import Testing

@Suite("libcurl transport against HTTPServer")
struct CurlTransportTests {
    private let transport = CurlTransport()

    @Test
    func `a request and its response arrive complete`() async throws {
        let seen = Mutex<HTTPServerRequest?>(nil)
        try await withServer { request in
            seen.withLock { $0 = request }
            var headers = HTTPHeaders([("X-One", "first"), ("X-One", "second")])
            headers.add("Content-Type", "text/plain")
            return .response(HTTPResponse(status: 418, headers: headers, body: [0, 255, 10]))
        } body: { server async throws in
            let response = try await transport.send(
                HTTPRequest(
                    method: "POST", url: "\(server.url)/a%2Fb/%D1%85?q=1&q=%26&empty",
                    headers: HTTPHeaders([("X-Test", "значение"), ("X-Empty", "")]), body: [0, 13, 10, 255]))
            #expect(response.status == 418)
            #expect(response.body == [0, 255, 10])
            #expect(response.headers.values("x-one") == ["first", "second"])
            #expect(response.headers["content-length"] == "3")
            #expect(response.headers["Date"] != nil)
        }
        let request = try #require(seen.withLock { $0 })
        #expect(request.method == "POST")
        #expect(request.target == "/a%2Fb/%D1%85?q=1&q=%26&empty")
        #expect(request.path == "/a/b/х")
        #expect(request.pathSegments == ["a/b", "х"])
        #expect(request.query.map(\.name) == ["q", "q", "empty"])
        #expect(request.query.map(\.value) == ["1", "&", ""])
        #expect(request.queryValue("q") == "1")
        #expect(request.headers["x-test"] == "значение")
        #expect(request.headers["x-empty"] == "")
        #expect(request.headers["content-type"] == nil)
        #expect(request.headers["expect"] == nil)
        #expect(request.headers["user-agent"] == "qrpay")
        #expect(request.body == [0, 13, 10, 255])
        #expect(request.remoteAddress == "127.0.0.1")
    }

    @Test(arguments: [
        ("GET", ""), ("GET", "body"), ("POST", ""), ("POST", "body"), ("PUT", ""), ("PUT", "body"),
        ("PATCH", "body"), ("DELETE", ""), ("DELETE", "body"), ("OPTIONS", ""), ("BREW", ""), ("BREW", "body"),
    ])
    func `every method is sent unchanged, with or without a body`(_ method: String, _ body: String) async throws {
        try await withServer(handler: echo) { server async throws in
            let request = HTTPRequest(method: method, url: "\(server.url)/x", body: Array(body.utf8))
            #expect(try await transport.send(request).text == "\(method) /x \(body)")
            #expect(try await transport.send(HTTPRequest(url: server.url)).text == "GET / ")
        }
    }

    @Test
    func `a HEAD response has no body, whatever length it declares`() async throws {
        try await withServer { _ in
            .text("12345")
        } body: { server async throws in
            let request = HTTPRequest(method: "HEAD", url: server.url, maximumResponseBytes: 2)
            let response = try await transport.send(request)
            #expect(response.headers["Content-Length"] == "5")
            #expect(response.body.isEmpty)
        }
    }

    @Test
    func `a body of several megabytes survives both directions`() async throws {
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        try await withServer(limits: HTTPServerLimits(maximumBodyBytes: body.count)) {
            .response(HTTPResponse(status: 200, body: $0.body))
        } body: { server async throws in
            let response = try await transport.send(HTTPRequest(method: "PUT", url: server.url, body: body))
            #expect(response.body == body)
        }
    }

    @Test
    func `redirects are not followed`() async throws {
        try await withServer { request in
            .response(HTTPResponse(status: 302, headers: HTTPHeaders([("Location", "/elsewhere")])))
        } body: { server async throws in
            let response = try await transport.send(HTTPRequest(url: server.url))
            #expect(response.status == 302)
            #expect(response.headers["Location"] == "/elsewhere")
        }
    }

    @Test
    func `200 concurrent requests over few connections each get their own response`() async throws {
        let transport = CurlTransport(options: CurlOptions(maximumConnectionsPerHost: 8))
        let answers = try await withServer(
            limits: HTTPServerLimits(maximumConnectionsPerAddress: 8), handler: echo
        ) { server async throws in
            let url = server.url
            return try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let body = Array("\(number)".utf8)
                        let request = HTTPRequest(
                            method: "POST", url: "\(url)/\(number)", body: body, timeoutSeconds: 300)
                        return try await transport.send(request).text == "POST /\(number) \(number)"
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(answers == Array(repeating: true, count: 200))
    }

    @Test
    func `a canceled task gets CancellationError immediately and frees its connection`() async throws {
        let gate = Gate()
        let transport = CurlTransport(options: CurlOptions(maximumConnections: 1))
        try await withServer { request in
            if request.path == "/held" { await gate.pass() }
            return .text("done")
        } body: { server async throws in
            let held = HTTPRequest(url: "\(server.url)/held", timeoutSeconds: 60)
            let running = Task { try await transport.send(held) }
            await gate.firstArrival()
            let waiting = Task { try await transport.send(held) }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
            #expect(try await transport.send(HTTPRequest(url: server.url)).text == "done")
            gate.open()
        }
    }

    @Test
    func `a task canceled before sending sends nothing`() async throws {
        let count = Mutex(0)
        try await withServer { _ in
            count.withLock { $0 += 1 }
            return .text("done")
        } body: { server async throws in
            let request = HTTPRequest(url: server.url)
            let task = Task {
                await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                    withUnsafeCurrentTask { $0?.cancel() }
                    continuation.resume()
                }
                return try await transport.send(request)
            }
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(count.withLock { $0 } == 0)
    }

    @Test
    func `a request waiting for a connection times out without affecting the others`() async throws {
        let gate = Gate()
        let transport = CurlTransport(options: CurlOptions(maximumConnections: 1))
        try await withServer { _ in
            await gate.pass()
            return .text("done")
        } body: { server async throws in
            let url = server.url
            async let first = transport.send(HTTPRequest(url: url, timeoutSeconds: 60))
            await gate.firstArrival()
            await expectFailure(.timedOut) {
                try await transport.send(HTTPRequest(url: url, timeoutSeconds: 0.05))
            }
            gate.open()
            #expect(try await first.text == "done")
        }
    }

    @Test
    func `close fails running requests as lost and rejects later ones`() async throws {
        let gate = Gate()
        try await withServer { _ in
            await gate.pass()
            return .text("done")
        } body: { server async throws in
            let request = HTTPRequest(url: server.url, timeoutSeconds: 60)
            let running = Task { try await transport.send(request) }
            await gate.firstArrival()
            transport.close()
            await expectFailure(.connectionLost) { try await running.value }
            await expectFailure(.cannotConnect) { try await transport.send(request) }
            gate.open()
        }
    }
}

/// Expects a transport error with `code`, and returns it.
@discardableResult
func expectFailure(
    _ code: HTTPTransportError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> HTTPResponse
) async -> HTTPTransportError? {
    let error = await #expect(throws: HTTPTransportError.self, sourceLocation: sourceLocation) { try await body() }
    #expect(error?.code == code, "\(error?.message ?? "")", sourceLocation: sourceLocation)
    return error
}
