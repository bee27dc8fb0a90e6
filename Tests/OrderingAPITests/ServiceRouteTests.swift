import HTTPKit
import JSONKit
import OrderingCore
import Testing
import WorldKit

@testable import Ordering
@testable import OrderingAPI

/// The routes between services of different processes.
@Suite(.timeLimit(.minutes(10))) struct ServiceRouteTests {
    private static let key = ServiceKey.derive(from: ShopServer.secret)
    private static let time = Instant(microseconds: 1_700_000_000_123_456)

    /// Every field that a request may have.
    private static let all = FieldSet().with(.userID, "u:1").with(.orderID, "o+1").with(.paymentID, "o:1")
        .with(.basketID, "b-1").with(.requestID, "r").with(.email, "a+b@example.com").with(.firstName, "Пётр & co")
        .with(.lastName, "\"x\"").with(.phone, "+7 (1)").with(.passwordHash, String(repeating: "a", count: 64))
        .with(.passwordKey, String(repeating: "b", count: 64)).with(.amount, .leastPrice).with(.price, .leastPrice)
        .with(.reason, .notEnoughMoney).with(.after, 3)

    private static func request(_ endpoint: Endpoint) -> ServiceRequest {
        ServiceRequest(
            id: "gateway:1:0", endpoint: endpoint, fields: all.limited(to: endpoint.request), correlationID: "c-1",
            time: time, traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    }

    /// Runs `body` with the URL of a server that answers with `answer`.
    private static func serving(
        _ answer: @escaping @Sendable (ServiceRequest) async throws -> ServiceAnswer,
        _ body: (String) async throws -> Void
    ) async throws {
        let server = ServiceServer(
            listen: SocketAddress(host: "127.0.0.1", port: 0), services: Set(ServiceName.allCases), key: key,
            world: .live, options: OrderingServerOptions(), answer: answer)
        try server.start()
        do { try await body("http://127.0.0.1:\(server.port)") } catch {
            await server.stop(graceSeconds: 60)
            throw error
        }
        await server.stop(graceSeconds: 60)
    }

    private static func transport(_ url: String?, key: String = key) -> HTTPServiceTransport {
        HTTPServiceTransport(CurlTransport(), key: key, timeoutSeconds: 60, address: { _ in url })
    }

    @Test func `every request and answer arrives as it was sent`() async throws {
        try await Self.serving(
            { request in
                guard request == Self.request(request.endpoint) else { return ServiceAnswer(409, code: "changed") }
                let fields = request.fields.with(.status, .succeeded).with(.createdAt, Self.time)
                if request.endpoint == .withdraw {
                    return ServiceAnswer(422, fields, code: "not_enough_money")
                }
                return request.endpoint.isList
                    ? ServiceAnswer(200, rows: [fields, FieldSet().with(.number, 7)]) : ServiceAnswer(201, fields)
            },
            { url in
                for endpoint in Endpoint.allCases {
                    let sent = Self.request(endpoint)
                    let answer = try await Self.transport(url).send(sent, from: .gateway)
                    #expect(answer.status == (endpoint == .withdraw ? 422 : endpoint.isList ? 200 : 201), "\(endpoint)")
                    let fields = sent.fields.with(.status, .succeeded).with(
                        .createdAt, Instant(rfc3339: Self.time.rfc3339))
                    if endpoint.isList {
                        #expect(answer.rows == [fields, FieldSet().with(.number, 7)], "\(endpoint)")
                    } else {
                        #expect(answer.fields == fields, "\(endpoint)")
                    }
                    #expect(answer.code == (endpoint == .withdraw ? "not_enough_money" : nil))
                }
            })
    }

    @Test func `who lacks the installation's key reaches nothing`() async throws {
        try await Self.serving(
            { _ in
                Issue.record("it was reached")
                return ServiceAnswer(200)
            },
            { url in
                for key in ["", "x", String(repeating: "0", count: 64), ServiceKey.derive(from: [1])] {
                    for endpoint in Endpoint.allCases {
                        await #expect(throws: ServiceUnreachable(endpoint.service), "\(endpoint)") {
                            try await Self.transport(url, key: key).send(Self.request(endpoint), from: .gateway)
                        }
                    }
                }
            })
    }

    @Test func `the public server has none of these routes`() async throws {
        try await ShopServer.run { shop in
            for endpoint in Endpoint.allCases {
                let request = ServiceWire.request(
                    Self.request(endpoint), at: "http://127.0.0.1:\(shop.server.port)", key: Self.key)
                // Notifications have a public route of the same path, for the user of a login token.
                let status = try await CurlTransport().send(request).status
                #expect([401, 404, 405].contains(status), "\(endpoint): \(status)")
            }
        }
    }

    @Test func `a service that is not there, or is another program, is unreachable`() async throws {
        await #expect(throws: ServiceUnreachable(.billing)) {
            try await Self.transport(nil).send(Self.request(.deposit), from: .gateway)
        }
        await #expect(throws: ServiceUnreachable(.billing)) {
            try await Self.transport("http://127.0.0.1:1").send(Self.request(.deposit), from: .gateway)
        }
        let other = HTTPServer(listen: SocketAddress(host: "127.0.0.1", port: 0)) { _ in
            .response(HTTPResponse(status: 200, body: Array("hello".utf8)))
        }
        try other.start()
        await #expect(throws: ServiceUnreachable(.billing)) {
            try await Self.transport("http://127.0.0.1:\(other.port)").send(Self.request(.deposit), from: .gateway)
        }
        await other.stop(graceSeconds: 60)
    }
}
