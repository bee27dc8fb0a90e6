import Synchronization
import Testing

@testable import HTTPKit

@Suite("Starting and stopping a server")
struct HTTPServerLifeTests {
    private let transport = CurlTransport()

    private func server(
        _ address: SocketAddress = SocketAddress(host: "127.0.0.1", port: 0),
        handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerAnswer = echo
    ) -> HTTPServer {
        HTTPServer(listen: address, handle: handler)
    }

    @Test
    func `a port in use has its own error and is free after the server stops`() async throws {
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

    @Test(arguments: ["192.0.2.1:0", "host.invalid:0", "[2001:db8::1]:0"])
    func `an address of another machine is invalid`(_ text: String) throws {
        let address = try #require(SocketAddress(text))
        let error = #expect(throws: HTTPServerError.self) { try server(address).start() }
        #expect(error?.code == .invalidAddress)
    }

    @Test(arguments: ["localhost:0", "[::1]:0"])
    func `the server listens on names and on IPv6`(_ text: String) async throws {
        let address = try #require(SocketAddress(text))
        let server = server(address) { .text($0.remoteAddress) }
        try server.start()
        let url = "http://\(SocketAddress(host: address.host, port: server.port))"
        #expect(try await transport.send(HTTPRequest(url: url)).text == (address.host == "::1" ? "::1" : "127.0.0.1"))
        await server.stop(graceSeconds: 1)
    }

    @Test
    func `stopping lets a request finish, closes its connection and accepts no other`() async throws {
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

    @Test
    func `a handler that outlasts the grace period is canceled and its connection closed`() async throws {
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

    @Test
    func `a released server closes everything, running requests included`() async throws {
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

    @Test
    func `repeated starting, serving and stopping loses no request`() async throws {
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
