import HTTPKit
import TestSupport
import Testing

@Suite("Limits of a server")
struct HTTPServerLimitsTests {
    private let transport = CurlTransport()

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"], [true, false])
    func `a body at the limit is accepted and a larger one refused`(_ method: String, _ isChunked: Bool) async throws {
        let bound = 100_000
        try await withServer(limits: HTTPServerLimits(maximumBodyBytes: bound)) {
            .text("\($0.body.count)")
        } body: { server async throws in
            let port = server.port
            for (size, expected) in [(bound, "200"), (bound + 1, "413"), (bound * 3 / 2, "413")] {
                let body = String(repeating: "x", count: size)
                let answer = await blocking {
                    guard let connection = RawConnection(port: port) else { return "not connected" }
                    defer { connection.close() }
                    connection.send("\(method) / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n")
                    connection.send(
                        isChunked
                            ? "Transfer-Encoding: chunked\r\n\r\n\(String(size, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
                            : "Content-Length: \(size)\r\n\r\n\(body)")
                    return connection.read()
                }
                #expect(answer.hasPrefix("HTTP/1.1 \(expected) "), "\(size)")
                if expected == "413" { #expect(answer.contains(#"{"code":"body_too_large","message":""#)) }
            }
        }
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"])
    func `a client that sends too much gets the reason`(_ method: String) async throws {
        try await withServer(limits: HTTPServerLimits(maximumBodyBytes: 2 << 20), handler: echo) {
            server async throws in
            let body = [UInt8](repeating: 0x78, count: 4 << 20)
            let response = try await transport.send(HTTPRequest(method: method, url: server.url, body: body))
            #expect(response.status == 413)
            #expect(try await transport.send(HTTPRequest(url: server.url)).text == "GET / ")
        }
    }

    @Test
    func `an endless body is cut off`() async throws {
        try await withServer(limits: HTTPServerLimits(maximumBodyBytes: 1000), handler: echo) { server async throws in
            let port = server.port
            let answer = await blocking {
                guard let connection = RawConnection(port: port) else { return "not connected" }
                defer { connection.close() }
                connection.send("PATCH / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<10 { connection.send("3e8\r\n" + String(repeating: "x", count: 1000) + "\r\n") }
                return connection.read()
            }
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(try await transport.send(HTTPRequest(url: server.url)).text == "GET / ")
        }
    }

    @Test
    func `a body that is too large gets no 100 Continue`() async throws {
        try await withServer(limits: HTTPServerLimits(maximumBodyBytes: 4), handler: echo) { server async throws in
            let port = server.port
            let answers = await blocking {
                [4, 5].map { size in
                    guard let connection = RawConnection(port: port) else { return "not connected" }
                    defer { connection.close() }
                    connection.send(
                        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(size)\r\n\r\n")
                    return String(connection.read(until: "\r\n\r\n").prefix(12))
                }
            }
            #expect(answers == ["HTTP/1.1 100", "HTTP/1.1 413"])
        }
    }

    @Test(
        arguments: [
            "", "G", "GET / HTTP/1.1\r\nHost: a\r\nA: ",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n12345",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n123",
        ], [true, false])
    func `a client that stalls or sends a byte at a time is closed at its deadline`(_ beginning: String, goesOn: Bool)
        async throws
    {
        let limits = HTTPServerLimits(headTimeoutSeconds: 0.5, bodyTimeoutSeconds: 0.5)
        try await withServer(limits: limits, handler: echo) { server async throws in
            let port = server.port
            let isClosed = await blocking {
                guard let connection = RawConnection(port: port) else { return false }
                defer { connection.close() }
                connection.send(beginning)
                // Each byte arrives well within the timeout; together they exceed it.
                for _ in 0..<600 where goesOn && !connection.waitsForEnd(milliseconds: 100) { connection.send("x") }
                return connection.isAtEnd
            }
            #expect(isClosed)
            #expect(try await transport.send(HTTPRequest(url: server.url)).text == "GET / ")
        }
    }

    @Test
    func `an idle connection is closed after the idle timeout`() async throws {
        try await withServer(limits: HTTPServerLimits(idleTimeoutSeconds: 0.5), handler: echo) { server async throws in
            let port = server.port
            let answer = await blocking {
                guard let connection = RawConnection(port: port) else { return "not connected" }
                defer { connection.close() }
                connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return connection.readAnswer() + (connection.isAtEnd ? "closed" : "open")
            }
            #expect(answer.hasSuffix("GET / closed"))
        }
    }
}
