import HTTPKit
import JSONKit
import OrderingCore
import TestSupport
import Testing

@testable import Ordering
@testable import OrderingAPI

/// `GET /api/v1/push`: what a listening client receives.
@Suite(.timeLimit(.minutes(10))) struct PushTests {
    /// Begins to listen.
    private static func listen(
        _ shop: ShopServer, _ token: String, after last: String? = nil
    ) async throws -> RawConnection {
        let connection = try #require(RawConnection(port: shop.server.port))
        let resume = last.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        connection.send(
            "GET /api/v1/push HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n\(resume)\r\n")
        let head = await blocking { connection.read(until: "retry: 2000\n\n") }
        #expect(head.contains("Content-Type: text/event-stream\r\n"), "\(head)")
        return connection
    }

    private static func event(_ connection: RawConnection) async -> String {
        await blocking { connection.read(until: "\n\n") }
    }

    @Test(arguments: StyleName.allCases)
    func `each order that ends is one event, and a client that comes back gets those it missed`(
        _ style: StyleName
    ) async throws {
        try await ShopServer.run(style) { shop in
            let token = try await shop.user(deposit: "10")
            let first = try await Self.listen(shop, token)
            let paid = try #require(try await shop.order("6", token: token).response.headers["Location"])
            let event = await Self.event(first)
            let id = paid.split(separator: "/").last.map(String.init) ?? ""
            #expect(event.hasPrefix("id: 1\nevent: order\ndata: {"), "\(event)")
            #expect(event.contains(#""id":"\#(id)""#) && event.contains(#""status":"succeeded""#), "\(event)")
            first.close()

            let failed = try await shop.order("6", token: token).response.headers["Location"]
            _ = try await shop.send("GET", "\(try #require(failed))?wait=60", token: token)
            let second = try await Self.listen(shop, token, after: "1")
            let missed = await Self.event(second)
            #expect(missed.hasPrefix("id: 2\n") && missed.contains(#""reason":"not_enough_money""#), "\(missed)")
            second.close()
            let third = try await Self.listen(shop, token, after: "0")
            #expect(await Self.event(third) == event)
            #expect(await Self.event(third) == missed)
            third.close()
        }
    }

    @Test func `another user's orders are no events, and neither are those before the client came`() async throws {
        try await ShopServer.run { shop in
            let mine = try await shop.user(deposit: "10")
            let other = try await shop.user("eve@example.com", deposit: "10")
            let before = try #require(try await shop.order("1", token: mine)["id"])
            // The event is there once a stream from the beginning has it.
            let early = try await Self.listen(shop, mine, after: "0")
            #expect(await Self.event(early).contains(before))
            early.close()
            let connection = try await Self.listen(shop, mine)
            let foreign = try #require(try await shop.order("1", token: other)["id"])
            _ = try await shop.outcome(of: foreign, token: other)
            let own = try #require(try await shop.order("2", token: mine)["id"])
            let event = await Self.event(connection)
            #expect(event.contains(own) && event.hasPrefix("id: 2\n"), "\(event)")
            connection.close()
        }
    }

    @Test func `a user has a limited number of streams`() async throws {
        try await ShopServer.run { shop in
            let token = try await shop.user()
            var open: [RawConnection] = []
            for _ in 0..<PushStreams.maximumPerUser { open.append(try await Self.listen(shop, token)) }
            let refused = try await shop.send("GET", "/api/v1/push", token: token)
            #expect(refused.status == 429 && refused["code"] == "too_many_streams")
            for connection in open { connection.close() }
            // Places are given back when the server notices.
            while true {
                let connection = try #require(RawConnection(port: shop.server.port))
                connection.send(
                    "GET /api/v1/push HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n\r\n")
                let head = await blocking { connection.read(until: "\r\n\r\n") }
                connection.close()
                if head.hasPrefix("HTTP/1.1 200") { break }
            }
        }
    }

    @Test func `stopping the server ends streams and answers those who wait`() async throws {
        try await ShopServer.run { shop in
            let token = try await shop.user()
            let connection = try await Self.listen(shop, token)
            async let waiting = shop.send("GET", "/api/v1/ordering/orders?wait=60", token: token)
            while !(try await shop.send("GET", "/metrics").text.contains("qrpay_ordering_waiting 2")) {}
            await shop.server.stop(graceSeconds: 600)
            #expect(try await waiting.status == 200)
            #expect(await blocking { connection.isAtEnd })
            connection.close()
        }
    }
}
