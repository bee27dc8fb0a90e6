package import HTTPKit
package import JSONKit
import PaymentCore
package import Payments
import WorldKit

/// The configuration of an API server in addition to the services.
package struct APIOptions: Sendable {
    package var access: APIAccess
    package var availability = Availability()
    package var metrics = Metrics()
    package var metricsLimits = MetricsReport.Limits()
    /// Called with every request once its response is known, on any thread; it must return quickly.
    package var log: @Sendable (RequestRecord) -> Void = { _ in }
    /// How soon waiters see a change made by another process.
    package var pollSeconds = 1.0
    package var limits = API.limits
    /// Throws ``HTTPKit/HTTPTransportError`` when this process cannot reach any partner; `/healthz` reports the reason.
    package var checkPartners: @Sendable () throws -> Void = {}
    package var version = ""

    package init(access: APIAccess) { self.access = access }
}

/// The HTTP API of iiko-integration and payments-eda.
package final class API: Sendable {
    /// Where transactions reports changes of operations.
    package static let callbackPath = PaymentCallbackRoute.path.description

    /// Half of the connections may be waiting for changes. The gateway is a single address, so one address may have
    /// most of them.
    package static let limits = HTTPServerLimits(maximumConnections: 2048, maximumConnectionsPerAddress: 1536)

    /// The services to run workers with: changes written through them notify waiters immediately.
    package let services: Services
    private let access: APIAccess
    private let changes: OrderChanges
    private let server: HTTPServer
    private let listen: SocketAddress

    package init(listen: SocketAddress, services: Services, options: APIOptions) {
        let changes = OrderChanges(
            services, pollSeconds: options.pollSeconds, capacity: options.limits.maximumConnections / 2)
        let services = services.notifying(changes, options.metrics)
        self.listen = listen
        self.services = services
        self.changes = changes
        access = options.access
        server = HTTPServer(
            listen: listen, limits: options.limits, handlers: Self.router(services, changes, options).handlers)
    }

    /// The OpenAPI document of the API, as served at `/openapi.json`.
    /// - Parameter services: nothing is asked of them.
    package static func document(_ services: Services, version: String) -> JSONValue {
        let changes = OrderChanges(services, pollSeconds: 1, capacity: 1)
        defer { changes.close() }
        let report = MetricsReport(
            services, metrics: Metrics(), changes: changes, limits: MetricsReport.Limits())
        let routes = routes(services, changes, report, availability: Availability(), checkPartners: {})
        return document(version).json(routes + [OperationRoutes.openAPI { [] }])
    }

    private static func router(_ services: Services, _ changes: OrderChanges, _ options: APIOptions) -> Router {
        let report = MetricsReport(
            services, metrics: options.metrics, changes: changes, limits: options.metricsLimits)
        var routes = routes(
            services, changes, report, availability: options.availability, checkPartners: options.checkPartners)
        let document = Array(document(options.version).json(routes + [OperationRoutes.openAPI { [] }]).compact.utf8)
        routes.append(OperationRoutes.openAPI { document })
        return Router(
            routes,
            gate: APIGate.gate(options.access) { try await RestaurantKeys(services).owner(of: $0) != nil },
            now: services.world.now, refuse: { error, _ in .response(HTTPResponse(refusing: error)) },
            ended: { [options] record in
                options.metrics.requestEnded(
                    method: record.method, route: record.route, status: record.status, seconds: record.seconds)
                options.log(record)
            })
    }

    /// All routes but that of the document.
    private static func routes(
        _ services: Services, _ changes: OrderChanges, _ report: MetricsReport, availability: Availability,
        checkPartners: @escaping @Sendable () throws -> Void
    ) -> [Route] {
        let poll = StatusPoll(services, changes: changes)
        var routes = OrderRoutes.all(services, poll: poll)
        routes.append(OrderUpdateRoute.route(services))
        routes += OfferRoutes.all(services, availability)
        routes.append(PreorderRoute.route(services))
        routes += PaymentRoutes.all(services, poll: poll)
        routes.append(PaymentCallbackRoute.route(services))
        routes += OperationRoutes.all(services, report, checkPartners: checkPartners)
        return routes
    }

    private static func document(_ version: String) -> OpenAPIDocument {
        OpenAPIDocument(
            title: "qrpay", version: version,
            description: "Paying restaurant bills by QR code: iiko-integration and payments-eda.",
            securitySchemes: APIGate.schemes,
            reasons: [
                403: "Not the key's own restaurant, or a deeplink that is not one of ours",
                404: "The order does not exist",
                409: "The order's state forbids it: being paid by another user, bill changed, too late",
                502: "A partner failed or did not answer in time",
            ])
    }

    /// Starts accepting connections.
    /// - Throws: ``HTTPKit/HTTPServerError``.
    package func start() throws { try server.start() }

    /// The port it listens on, the actual one after ``start()``.
    package var port: UInt16 { server.port }

    /// The callback URL for transactions, with its token; once started.
    /// - Parameter address: where transactions reaches ``callbackPath``; nil on this machine.
    package func callbackURL(at address: String? = nil) -> String {
        let isEverywhere = listen.host == "0.0.0.0" || listen.host == "::"
        let own = SocketAddress(host: isEverywhere ? "127.0.0.1" : listen.host, port: port)
        return access.callbackURL(address ?? "http://\(own)\(Self.callbackPath)")
    }

    /// Stops accepting connections, answers waiters, and lets requests in progress finish for at most `graceSeconds`.
    package func stop(graceSeconds: Double) async {
        changes.close()
        await server.stop(graceSeconds: graceSeconds)
    }
}
