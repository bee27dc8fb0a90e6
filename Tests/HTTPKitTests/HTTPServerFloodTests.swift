import HTTPKit
import Synchronization
import TestSupport
import Testing

@Suite("A flood of connections")
struct HTTPServerFloodTests {
    private let transport = CurlTransport()

    private func connections(_ count: Int, to server: HTTPServer, sending text: String) async -> [RawConnection] {
        let port = server.port
        return await blocking {
            (0..<count).compactMap { _ in
                let connection = RawConnection(port: port)
                connection?.send(text)
                return connection
            }
        }
    }

    /// The status line of the response to `request`, or what was received instead.
    private func ask(_ server: HTTPServer, _ request: String) async -> String {
        let port = server.port
        return await blocking {
            guard let connection = RawConnection(port: port) else { return "not connected" }
            defer { connection.close() }
            connection.send(request)
            return String(connection.readAnswer().prefix { $0 != "\r\n" })
        }
    }

    /// The answer to a GET, sent again when the connection was closed for a newer one of the flood; each of those
    /// closes at most one.
    private func get(_ server: HTTPServer, atMost closings: Int) async throws -> String {
        for _ in 0..<closings {
            do {
                return try await transport.send(HTTPRequest(url: server.url)).text
            } catch let error as HTTPTransportError where error.code == .connectionLost {}
        }
        return try await transport.send(HTTPRequest(url: server.url)).text
    }

    @Test(
        arguments: ["", "G", "GET / HTTP/1.1\r\n"],
        [
            HTTPServerLimits(maximumConnections: 8, maximumConnectionsPerAddress: 8, reservedConnections: 1),
            HTTPServerLimits(maximumConnections: 64, maximumConnectionsPerAddress: 8, reservedConnections: 1),
            HTTPServerLimits(maximumConnections: 8, maximumConnectionsPerAddress: 8, threads: 1),
        ])
    func `clients that send partial heads do not block the others`(_ text: String, _ limits: HTTPServerLimits)
        async throws
    {
        var limits = limits
        // No deadline interferes.
        limits.headTimeoutSeconds = 3600
        try await withServer(limits: limits, handler: echo) { server async throws in
            let flood = await connections(100, to: server, sending: text)
            for _ in 0..<20 { #expect(try await get(server, atMost: flood.count) == "GET / ") }
            for connection in flood { connection.close() }
        }
    }

    @Test
    func `busy connections leave the reserve to monitoring, and other clients get a Retry-After`() async throws {
        let gate = Gate()
        let limits = HTTPServerLimits(maximumConnections: 4, maximumConnectionsPerAddress: 4, reservedConnections: 1)
        let server = HTTPServer(
            listen: SocketAddress(host: "127.0.0.1", port: 0), limits: limits,
            handlers: HTTPServerHandlers(isReserved: { $0.path == "/healthz" }) { request in
                if request.path == "/held" { await gate.pass() }
                return .text("answered")
            })
        try server.start()
        let held = await connections(4, to: server, sending: "GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        await gate.arrivals(4)
        for _ in 0..<3 {
            #expect(await ask(server, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") == "HTTP/1.1 200 OK")
            let busy = await ask(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(busy == "HTTP/1.1 503 Service Unavailable")
        }
        gate.open()
        let answers = await blocking { held.map { $0.readAnswer().hasPrefix("HTTP/1.1 200 ") } }
        #expect(answers == [true, true, true, true])
        for connection in held { connection.close() }
        #expect(await ask(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") == "HTTP/1.1 200 OK")
        await server.stop(graceSeconds: 0)
    }

    @Test
    func `many bodies take no more memory than allowed and release it`() async throws {
        let gate = Gate()
        try await withServer(limits: HTTPServerLimits(maximumBufferedBytes: 1000)) { request in
            if request.path == "/held" { await gate.pass() }
            return .text("\(request.body.count)")
        } body: { server async throws in
            let body = [UInt8](repeating: 0x78, count: 800)
            let url = server.url
            async let held = transport.send(HTTPRequest(method: "POST", url: url + "/held", body: body))
            await gate.firstArrival()
            let refused = try await transport.send(HTTPRequest(method: "POST", url: url, body: body))
            #expect(refused.status == 503 && refused.headers["Retry-After"] == "1")
            #expect(try await transport.send(HTTPRequest(method: "POST", url: url, body: [1, 2])).text == "2")
            gate.open()
            #expect(try await held.text == "800")
            #expect(try await transport.send(HTTPRequest(method: "POST", url: url, body: body)).text == "800")
        }
    }

    @Test(arguments: ["Content-Length: 1000000", "Transfer-Encoding: chunked"], [true, false])
    func `a body without permission is refused on its head`(_ framing: String, isAsynchronous: Bool) async throws {
        let refusal = HTTPServerAnswer.text("not you", status: 401)
        let server = HTTPServer(
            listen: SocketAddress(host: "127.0.0.1", port: 0),
            handlers: HTTPServerHandlers(
                admit: { request in
                    if request.headers["Key"] == "right" { return isAsynchronous ? .later { nil } : .granted }
                    return isAsynchronous ? .later { refusal } : .refused(refusal)
                }, handle: { .text("\($0.body.count)") }))
        try server.start()
        let port = server.port
        let (refused, granted) = await blocking {
            guard let connection = RawConnection(port: port), let other = RawConnection(port: port) else {
                return ("not connected", "")
            }
            defer { for opened in [connection, other] { opened.close() } }
            connection.send("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
            let refused = connection.readAnswer() + (connection.isAtEnd ? "closed" : "open")
            other.send("POST / HTTP/1.1\r\nHost: a\r\nKey: right\r\nExpect: 100-continue\r\n\(framing)\r\n\r\n")
            return (refused, other.read(until: "\r\n\r\n"))
        }
        #expect(refused.hasPrefix("HTTP/1.1 401 ") && refused.hasSuffix("not youclosed"), "\(refused)")
        #expect(granted == "HTTP/1.1 100 Continue\r\n\r\n")
        await server.stop(graceSeconds: 0)
    }

    @Test(arguments: [1, 7, 100, 10_000])
    func `pipelined requests are answered in order, whatever their bodies`(_ pieceSize: Int) async throws {
        let requests = """
            GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\
            POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody\
            \r\nPOST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n\
            2;x=y\r\nbo\r\n02\r\ndy\r\n0\r\nA: b\r\n\r\n\
            GET /4 HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\nGET /5 HTTP/1.1\r\nHost: a\r\n\r\n
            """
        try await withServer(handler: echo) { server async throws in
            let port = server.port
            let bodies = await blocking {
                guard let connection = RawConnection(port: port) else { return ["not connected"] }
                defer { connection.close() }
                var rest = Array(requests.utf8)[...]
                while !rest.isEmpty {
                    connection.send(Array(rest.prefix(pieceSize)))
                    rest = rest.dropFirst(pieceSize)
                }
                let answers = (0..<4).map { _ in String(connection.readAnswer().split(separator: "\r\n\r\n")[1]) }
                return answers + [connection.isAtEnd ? "closed" : "open"]
            }
            #expect(bodies == ["GET /1 ", "POST /2 body", "POST /3 body", "GET /4 ", "closed"])
        }
    }
}
