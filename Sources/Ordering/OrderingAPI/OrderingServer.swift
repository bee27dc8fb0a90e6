package import EncodingKit
package import HTTPKit
package import JSONKit
package import Ordering
package import WorldKit

/// How an ``OrderingServer`` serves.
package struct OrderingServerOptions: Sendable {
    package var limits = OrderingServer.limits
    package var metrics = OrderingMetrics()
    /// Called with every request once its response is known, on any thread; it must return quickly.
    package var log: @Sendable (RequestRecord) -> Void = { _ in }
    /// How soon those who wait see what another process has committed.
    package var pollSeconds = 0.5
    /// Throws when requests cannot be served.
    package var check: @Sendable () async throws -> Void = {}
    /// What the services' stores hold, in Prometheus' text format.
    package var storeMetrics: @Sendable (inout MetricsText) async throws -> Void = { _ in }
    package var version = ""

    package init() {}
}

/// The public HTTP API of the ordering system, over its gateway.
package final class OrderingServer: Sendable {
    /// Half of the connections may be waiting for changes, a quarter may be listening.
    package static let limits = HTTPServerLimits(
        maximumBodyBytes: 64 << 10, maximumConnections: 2048, maximumConnectionsPerAddress: 1536)

    private let waiters: Waiters
    private let server: HTTPServer

    package init(
        listen: SocketAddress, gateway: Gateway, commits: Commits, world: World, options: OrderingServerOptions
    ) {
        let connections = options.limits.maximumConnections
        let waiters = Waiters(
            commits, world, pollSeconds: options.pollSeconds, capacity: max(1, connections * 3 / 4))
        let streams = PushStreams(gateway, waiters, world, capacity: max(1, connections / 4))
        self.waiters = waiters
        let metrics: @Sendable () async throws -> String = {
            var text = MetricsText()
            try await options.storeMetrics(&text)
            options.metrics.write(to: &text)
            text.add("qrpay_ordering_waiting", .gauge, "Requests that wait for a change.", waiters.waiting)
            text.add("qrpay_ordering_streams", .gauge, "Open streams of push events.", streams.count)
            return text.text
        }
        var routes = Self.routes(
            RouteContext(gateway: gateway, waiters: waiters), streams, check: options.check, metrics: metrics)
        let document = Array(
            Self.document(options.version).json(routes + [OperationRoutes.openAPI { [] }]).compact.utf8)
        routes.append(OperationRoutes.openAPI { document })
        let router = Router(
            routes,
            gate: RouteGate { access, request in if access == .user { _ = try CallerToken.token(of: request) } },
            now: world.now,
            refuse: { error, request in
                let failure = APIFailure(refusing: error)
                return .response(
                    NameRoutes.serves(request) ? NameRoutes.response(refusing: failure) : failure.response)
            },
            ended: { record in
                options.metrics.requestEnded(record)
                options.log(record)
            })
        server = HTTPServer(listen: listen, limits: options.limits, handlers: router.handlers)
    }

    private static func routes(
        _ context: RouteContext, _ streams: PushStreams, check: @escaping @Sendable () async throws -> Void,
        metrics: @escaping @Sendable () async throws -> String
    ) -> [Route] {
        IdentityRoutes.all(context) + OrderRoutes.all(context) + BillingRoutes.all(context)
            + NewsRoutes.all(context, streams) + NameRoutes.all(context)
            + OperationRoutes.all(check: check, metrics: metrics)
    }

    private static func document(_ version: String) -> OpenAPIDocument {
        OpenAPIDocument(
            title: "qrpay ordering", version: version,
            description: "Orders on a broker, in four styles of communication.",
            securitySchemes: CallerToken.schemes,
            reasons: [
                401: "No login token, or one that is not valid",
                404: "Not found, or another user's",
                409: "The request was made before with other content, or the state forbids it",
                412: "There are other orders by now",
                422: "Not enough money, or the Idempotency-Key was used for other content",
                429: "The user has too many open streams",
                503: "The store or a service is unavailable, or too many logins are in progress",
                504: "The outcome is not known yet; for an order, Location tells it",
            ])
    }

    /// The OpenAPI document, as served at `/openapi.json`.
    /// - Parameter gateway: nothing is asked of it.
    package static func document(_ gateway: Gateway, _ world: World, version: String) -> JSONValue {
        let waiters = Waiters(Commits(), world, pollSeconds: 1, capacity: 1)
        let routes = routes(
            RouteContext(gateway: gateway, waiters: waiters), PushStreams(gateway, waiters, world, capacity: 1),
            check: {}, metrics: { "" })
        return document(version).json(routes + [OperationRoutes.openAPI { [] }])
    }

    /// Starts accepting connections.
    /// - Throws: ``HTTPKit/HTTPServerError``.
    package func start() throws { try server.start() }

    /// The port it listens on, the actual one after ``start()``.
    package var port: UInt16 { server.port }

    /// Stops accepting connections, ends streams, answers those who wait, and lets requests in progress finish for at
    /// most `graceSeconds`.
    package func stop(graceSeconds: Double) async {
        waiters.close()
        await server.stop(graceSeconds: graceSeconds)
    }
}
