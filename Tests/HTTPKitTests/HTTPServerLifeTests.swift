import Synchronization
import Testing

@testable import HTTPKit

@Suite("Start and stop of a server")
struct HTTPServerLifeTests {
    private let transport = CurlTransport()

    private func server(
        _ address: SocketAddress = SocketAddress(host: "127.0.0.1", port: 0),
        handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerAnswer = echo
    ) -> HTTPServer {
        HTTPServer(listen: address, handle: handler)
    }

    @Test("a port in use is an error of its own, and free again after the server has stopped")
    func addressInUse() async throws {
        let first = server()
        try first.start()
        let address = SocketAddress(host: "127.0.0.1", port: first.port)
        #expect(throws: HTTPServerError.self) { try first.start() }
        let error = #expect(throws: HTTPServerError.self) { try server(address).start() }
        #expect(error?.code == .addressInUse)
        #expect(error?.message == "cannot listen on \(address): Address already in use")
        #expect(try await transport.send(HTTPRequest(url: first.url)).text == "GET / ")
        await first.stop(graceSeconds: 1)
        let second = server(address)
        try second.start()
        #expect(second.port == address.port)
        #expect(try await transport.send(HTTPRequest(url: second.url)).text == "GET / ")
        await second.stop(graceSeconds: 1)
    }

    @Test("an address that is not here", arguments: ["192.0.2.1:0", "host.invalid:0", "[2001:db8::1]:0"])
    func invalidAddress(_ text: String) throws {
        let address = try #require(SocketAddress(text))
        let error = #expect(throws: HTTPServerError.self) { try server(address).start() }
        #expect(error?.code == .invalidAddress)
    }

    @Test("listens on names and on IPv6", arguments: ["localhost:0", "[::1]:0"])
    func address(_ text: String) async throws {
        let address = try #require(SocketAddress(text))
        let server = server(address) { .text($0.remoteAddress) }
        try server.start()
        let url = "http://\(SocketAddress(host: address.host, port: server.port))"
        #expect(try await transport.send(HTTPRequest(url: url)).text == (address.host == "::1" ? "::1" : "127.0.0.1"))
        await server.stop(graceSeconds: 1)
    }

    @Test("stopping lets a request finish, closes its connection, and accepts no other")
    func gracefulStop() async throws {
        let gate = Gate()
        let server = server { _ in
            await gate.pass()
            return .text("finished")
        }
        try server.start()
        let request = HTTPRequest(url: server.url)
        async let running = transport.send(request)
        await gate.firstArrival()
        async let stopped: Void = server.stop(graceSeconds: 60)
        while !server.isStopping { await Task.yield() }
        await expectFailure(.cannotConnect) { try await CurlTransport().send(request) }
        gate.open()
        let response = try await running
        #expect(response.text == "finished")
        #expect(response.headers["Connection"] == "close")
        await stopped
        await server.stop(graceSeconds: 60)
    }

    @Test("a handler that outlasts the grace is canceled, and its connection closed")
    func endOfGrace() async throws {
        let gate = Gate()
        let wasCanceled = Mutex<Bool?>(nil)
        let (answers, answered) = AsyncStream.makeStream(of: Void.self)
        let server = server { _ in
            await gate.pass()
            wasCanceled.withLock { $0 = Task.isCancelled }
            answered.yield()
            return .text("too late")
        }
        try server.start()
        let request = HTTPRequest(url: server.url)
        let running = Task { try await transport.send(request) }
        await gate.firstArrival()
        await server.stop(graceSeconds: 0)
        await expectFailure(.connectionLost) { try await running.value }
        gate.open()
        for await _ in answers { break }
        #expect(wasCanceled.withLock { $0 } == true)
    }

    @Test("a server that is let go of closes everything, requests under way included")
    func letGo() async throws {
        let gate = Gate()
        var server: HTTPServer? = server { _ in
            await gate.pass()
            return .text("too late")
        }
        try server?.start()
        let request = HTTPRequest(url: try #require(server?.url))
        let running = Task { try await transport.send(request) }
        await gate.firstArrival()
        server = nil
        await expectFailure(.connectionLost) { try await running.value }
        await expectFailure(.cannotConnect) { try await transport.send(request) }
        gate.open()
    }

    @Test("starting, serving and stopping again and again loses no request")
    func storm() async throws {
        for _ in 0..<20 {
            let server = server()
            try server.start()
            let url = server.url
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await transport.send(HTTPRequest(url: url)) } }
                try await group.waitForAll()
            }
            await server.stop(graceSeconds: 5)
        }
    }
}
