import Glibc
import Synchronization
import TestSupport
import Testing

@testable import HTTPKit

@Suite("Streamed responses")
struct HTTPStreamTests {
    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    private static func stream(_ body: @escaping HTTPStreamBody) -> HTTPServerAnswer {
        .stream(HTTPResponse(status: 200, headers: HTTPHeaders([("Content-Type", "text/event-stream")])), body)
    }

    /// Reads on a thread of its own.
    private func read(_ connection: RawConnection, until end: String) async -> String {
        await blocking { connection.read(until: end) }
    }

    @Test func `pieces arrive one by one, and the connection serves the next request`() async throws {
        let gate = Gate()
        try await withServer(
            handler: { request in
                guard request.path == "/" else { return .text("next") }
                return Self.stream { writer in
                    try await writer.write(Array("one".utf8))
                    await gate.pass()
                    try await writer.write(Array("two".utf8))
                }
            },
            body: { server in
                let connection = try #require(RawConnection(port: server.port))
                connection.send(Self.get)
                let head = await read(connection, until: "3\r\none\r\n")
                #expect(head.contains("Transfer-Encoding: chunked\r\n") && !head.contains("Content-Length"))
                gate.open()
                #expect(await read(connection, until: "0\r\n\r\n") == "3\r\ntwo\r\n0\r\n\r\n")
                connection.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(await read(connection, until: "next").hasSuffix("next"))
                connection.close()
            })
    }

    @Test func `a client of HTTP 1_0 gets the body without chunks, until the connection closes`() async throws {
        try await withServer(
            handler: { _ in Self.stream { try await $0.write(Array("body".utf8)) } },
            body: { server in
                let connection = try #require(RawConnection(port: server.port))
                connection.send("GET / HTTP/1.0\r\n\r\n")
                let answer = await blocking { connection.read() }
                #expect(answer.hasSuffix("\r\n\r\nbody") && !answer.contains("chunked"))
                connection.close()
            })
    }

    @Test func `HEAD is answered without running the body`() async throws {
        let ran = Mutex(false)
        try await withServer(
            handler: { _ in Self.stream { _ in ran.withLock { $0 = true } } },
            body: { server in
                let answer = try await CurlTransport().send(HTTPRequest(method: "HEAD", url: server.url))
                #expect(answer.status == 200 && answer.body.isEmpty)
            })
        #expect(!ran.withLock { $0 })
    }

    @Test func `an error breaks the response off`() async throws {
        struct Broken: Error {}
        try await withServer(
            handler: { _ in
                Self.stream { writer in
                    try await writer.write(Array("half".utf8))
                    throw Broken()
                }
            },
            body: { server in
                let connection = try #require(RawConnection(port: server.port))
                connection.send(Self.get)
                let answer = await blocking { connection.read() }
                #expect(answer.hasSuffix("4\r\nhalf\r\n"))
                connection.close()
            })
    }

    @Test func `the writer learns that its client has closed the connection`() async throws {
        let ended = Gate()
        let failure = Mutex<(any Error)?>(nil)
        try await withServer(
            handler: { _ in
                Self.stream { writer in
                    do {
                        while true {
                            try await writer.write(ServerSentEvent.comment)
                            await Task.yield()
                        }
                    } catch {
                        failure.withLock { $0 = error }
                        ended.open()
                        throw error
                    }
                }
            },
            body: { server in
                let connection = try #require(RawConnection(port: server.port))
                connection.send(Self.get)
                _ = await read(connection, until: "\r\n\r\n")
                connection.close()
                await ended.pass()
            })
        #expect(failure.withLock { $0 is HTTPStreamEnded || $0 is CancellationError })
    }

    @Test func `a waiting writer is canceled when its client closes the connection`() async throws {
        let (waiting, ended) = (Gate(), Gate())
        try await withServer(
            handler: { _ in
                Self.stream { writer in
                    try await writer.write(ServerSentEvent.comment)
                    waiting.open()
                    await untilCancelled()
                    ended.open()
                }
            },
            body: { server in
                let connection = try #require(RawConnection(port: server.port))
                connection.send(Self.get)
                _ = await read(connection, until: "\n\n")
                await waiting.pass()
                connection.close()
                await ended.pass()
            })
    }

    @Test func `a client that does not read holds no more than one piece, and is cut off`() async throws {
        let written = Mutex(0)
        let ended = Gate()
        var limits = HTTPServerLimits()
        limits.answerTimeoutSeconds = 0.5
        let piece = [UInt8](repeating: 0x78, count: 16 << 10)
        try await withServer(
            limits: limits,
            handler: { _ in
                Self.stream { writer in
                    defer { ended.open() }
                    while true {
                        try await writer.write(piece)
                        written.withLock { $0 += piece.count }
                    }
                }
            },
            body: { server in
                let connection = try #require(RawConnection(port: server.port))
                connection.send(Self.get)
                await ended.pass()
                connection.close()
            })
        // What the sockets' buffers hold, and no more.
        #expect(written.withLock { $0 } < 64 << 20)
    }

    @Test func `stopping ends streams in order, with what was written`() async throws {
        let waiting = Gate()
        let server = HTTPServer(listen: SocketAddress(host: "127.0.0.1", port: 0)) { _ in
            Self.stream { writer in
                try await writer.write(Array("last".utf8))
                waiting.open()
                await untilCancelled()
            }
        }
        try server.start()
        let connection = try #require(RawConnection(port: server.port))
        connection.send(Self.get)
        await waiting.pass()
        await server.stop(graceSeconds: 600)
        let answer = await blocking { connection.read() }
        #expect(answer.hasSuffix("4\r\nlast\r\n0\r\n\r\n"))
        connection.close()
    }

    struct EventCase: Sendable {
        var event: ServerSentEvent
        var text: String
    }

    @Test(
        arguments: [
            EventCase(event: .init(data: "x"), text: "data: x\n\n"),
            EventCase(event: .init(id: "7", name: "order", data: "{}"), text: "id: 7\nevent: order\ndata: {}\n\n"),
            EventCase(event: .init(data: "a\nb\r\nc\rd"), text: "data: a\ndata: b\ndata: c\ndata: d\n\n"),
            EventCase(event: .init(data: ""), text: "data: \n\n"),
            EventCase(
                event: .init(id: "1\r\ndata: forged", name: "a\nb", data: "x"),
                text: "id: 1data: forged\nevent: ab\ndata: x\n\n"),
        ])
    func `an event's fields stay on their lines`(_ one: EventCase) {
        #expect(String(decoding: one.event.bytes, as: UTF8.self) == one.text)
    }
}
