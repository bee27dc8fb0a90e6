import HTTPKit
import Synchronization
import TestSupport
import Testing

@Suite("libcurl transport against misbehaving servers")
struct CurlFailureTests {
    struct Misbehaviour: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var answer: String
        var code: HTTPTransportError.Code

        init(_ name: String, _ answer: String, _ code: HTTPTransportError.Code = .connectionLost) {
            testDescription = name
            self.answer = answer
            self.code = code
        }
    }

    private let transport = CurlTransport()

    @Test(arguments: [
        Misbehaviour("nothing", ""),
        Misbehaviour("half a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"),
        Misbehaviour("no body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
        Misbehaviour("half a head", "HTTP/1.1 200 OK\r\nContent-Le"),
        Misbehaviour("cut chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"),
        Misbehaviour("a cut chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n12345"),
        Misbehaviour(
            "garbage chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n12345\r\n0\r\n\r\n"),
        Misbehaviour("garbage status line", "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        Misbehaviour("garbage status code", "HTTP/1.1 banana\r\n\r\n"),
        Misbehaviour("negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n12345"),
        Misbehaviour("only interim answers", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"),
        Misbehaviour(
            "a body beyond the bound", "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 2000),
            .responseTooLarge),
        Misbehaviour(
            "a declared length beyond the bound", "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
            .responseTooLarge),
        Misbehaviour(
            "a head beyond the bound",
            "HTTP/1.1 200 OK\r\n" + String(repeating: "X-Long: 0123456789\r\n", count: 5000) + "\r\n",
            .responseTooLarge),
    ])
    func `a malformed response is an error`(_ misbehaviour: Misbehaviour) async throws {
        let server = try RawServer(answering: misbehaviour.answer)
        let error = await expectFailure(misbehaviour.code) {
            try await transport.send(
                HTTPRequest(url: "\(server.url)/path?secret=1", maximumResponseBytes: 1000))
        }
        #expect(error?.place == "\(server.url)/path")
        #expect(error?.message.isEmpty == false)
    }

    @Test
    func `the final response counts, and trailers are not headers`() async throws {
        let server = try RawServer(
            answering: """
                HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\nHTTP/1.1 201 Made\r\nX-Late:  yes \r\n\
                Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: yes\r\n\r\n
                """)
        let response = try await transport.send(HTTPRequest(url: server.url))
        #expect(response.status == 201)
        #expect(response.headers.fields.map(\.name) == ["X-Late", "Transfer-Encoding"])
        #expect(response.headers["X-Late"] == "yes")
        #expect(response.text == "ok")
    }

    @Test
    func `a body exactly at the limit is accepted`() async throws {
        let server = try RawServer(answering: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345")
        let response = try await transport.send(HTTPRequest(url: server.url, maximumResponseBytes: 5))
        #expect(response.text == "12345")
        await expectFailure(.responseTooLarge) {
            try await transport.send(HTTPRequest(url: server.url, maximumResponseBytes: 0))
        }
    }

    @Test
    func `a reset connection is lost`() async throws {
        let server = try RawServer { connection, _ in
            _ = connection.read(until: "\r\n\r\n")
            connection.reset()
        }
        await expectFailure(.connectionLost) { try await transport.send(HTTPRequest(url: server.url)) }
    }

    @Test
    func `a server that accepts, reads and never answers times out`() async throws {
        let server = try RawServer { connection, _ in
            _ = connection.read()
            connection.close()
        }
        await expectFailure(.timedOut) {
            try await transport.send(HTTPRequest(url: server.url, timeoutSeconds: 0.5))
        }
    }

    @Test
    func `a server that stops in the middle of the body times out`() async throws {
        let server = try RawServer { connection, _ in
            _ = connection.read(until: "\r\n\r\n")
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
            _ = connection.read()
            connection.close()
        }
        await expectFailure(.timedOut) {
            try await transport.send(HTTPRequest(url: server.url, timeoutSeconds: 0.5))
        }
    }

    @Test
    func `a refused port and an unresolvable name fail to connect`() async throws {
        let server = try RawServer(answering: "")
        let url = server.url
        _ = consume server
        await expectFailure(.cannotConnect) { try await transport.send(HTTPRequest(url: url)) }
        await expectFailure(.cannotConnect) { try await transport.send(HTTPRequest(url: "http://host.invalid")) }
    }

    @Test
    func `TLS to a plain HTTP server fails as insecure`() async throws {
        let server = try RawServer { connection, _ in
            connection.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.close()
        }
        let url = "https" + server.url.dropFirst("http".count)
        _ = await expectFailure(.insecure) {
            try await transport.send(HTTPRequest(url: url, timeoutSeconds: 5))
        }
    }

    /// The second request uses the kept connection, which breaks before a response. libcurl would repeat the request.
    @Test(arguments: ["GET", "POST"])
    func `a request lost on a reused connection is not repeated`(_ method: String) async throws {
        let seen = Mutex<[String]>([])
        let server = try RawServer { connection, number in
            for turn in 0..<2 {
                let head = connection.read(until: "\r\n\r\n")
                guard !head.isEmpty else { break }
                seen.withLock { $0.append("\(number):\(turn) \(head.prefix { $0 != " " })") }
                if turn == 0 { connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
            }
            connection.close()
        }
        #expect(try await transport.send(HTTPRequest(url: server.url)).text == "ok")
        await expectFailure(.connectionLost) {
            try await transport.send(HTTPRequest(method: method, url: server.url))
        }
        #expect(seen.withLock { $0 } == ["0:0 GET", "0:1 \(method)"])
    }

    @Test
    func `an idle connection closed by the server is detected before anything is sent`() async throws {
        let (closings, closed) = AsyncStream.makeStream(of: Void.self)
        let server = try RawServer { connection, _ in
            _ = connection.read(until: "\r\n\r\n")
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.close()
            closed.yield()
        }
        var closing = closings.makeAsyncIterator()
        for _ in 0..<20 {
            #expect(try await transport.send(HTTPRequest(method: "POST", url: server.url)).text == "ok")
            await closing.next()
        }
    }

    @Test
    func `consecutive requests share a connection`() async throws {
        let server = try RawServer { connection, number in
            for _ in 0..<2 where !connection.read(until: "\r\n\r\n").isEmpty {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(number)")
            }
            connection.close()
        }
        #expect(try await transport.send(HTTPRequest(url: server.url)).text == "0")
        #expect(try await transport.send(HTTPRequest(url: server.url)).text == "0")
    }
}
