import EncodingKit
package import HTTPKit
import JSONKit
package import Ordering
package import OrderingCore
import SigningKit
package import WorldKit

/// The routes by which services of other processes reach those of this one: on an address of their own, and only for
/// who has the key that the installation's secret gives.
package final class ServiceServer: Sendable {
    private let server: HTTPServer

    /// - Parameters:
    ///   - services: those that are reached here.
    ///   - answer: handles a request.
    package init(
        listen: SocketAddress, services: Set<ServiceName>, key: String, world: World, options: OrderingServerOptions,
        answer: @escaping @Sendable (ServiceRequest) async throws -> ServiceAnswer
    ) {
        let metrics: @Sendable () async throws -> String = {
            var text = MetricsText()
            try await options.storeMetrics(&text)
            options.metrics.write(to: &text)
            return text.text
        }
        let endpoints = Endpoint.allCases.filter { services.contains($0.service) }
        let routes =
            endpoints.map { Self.route($0, answer) } + OperationRoutes.all(check: options.check, metrics: metrics)
        let key = Array(key.utf8)
        let router = Router(
            routes,
            gate: RouteGate { access, request in
                guard access == .service else { return }
                let given = request.headers["Authorization"].flatMap(CallerToken.bearer) ?? ""
                guard ConstantTime.equals(key, Array(given.utf8)) else {
                    throw APIFailure(401, Self.refusedKey, "only the services of the installation may ask")
                }
            }, now: world.now, refuse: { error, _ in .response(APIFailure(refusing: error).response) },
            ended: { record in
                options.metrics.requestEnded(record)
                options.log(record)
            })
        server = HTTPServer(listen: listen, limits: options.limits, handlers: router.handlers)
    }

    static let refusedKey = "unauthorized"

    /// - Throws: ``HTTPKit/HTTPServerError``.
    package func start() throws { try server.start() }

    /// The port it listens on, the actual one after ``start()``.
    package var port: UInt16 { server.port }

    package func stop(graceSeconds: Double) async { await server.stop(graceSeconds: graceSeconds) }

    // MARK: Routes

    private static func route(
        _ endpoint: Endpoint, _ answer: @escaping @Sendable (ServiceRequest) async throws -> ServiceAnswer
    ) -> Route {
        let places = ServiceWire.Places(endpoint)
        let handle: @Sendable (ServiceRequest) async throws -> Reply<HTTPResponse> = { request in
            let given = try await answer(request)
            return Reply(
                ServiceWire.response(given, to: endpoint),
                headers: [(RequestRecord.correlationHeader, request.correlationID)],
                subject: request.fields[.userID])
        }
        let meta = metaInput(endpoint)
        switch (places.path.first, places.body.isEmpty) {
        case (let placeholder?, false):
            return Route(
                endpoint.method, endpoint.path, operation: endpoint.rawValue, access: .service, path(placeholder),
                meta, body(endpoint), output: .response
            ) { value, meta, body in
                try await handle(try meta.request(endpoint, [(placeholder.name, .string(value))] + body))
            }
        case (let placeholder?, true):
            return Route(
                endpoint.method, endpoint.path, operation: endpoint.rawValue, access: .service, path(placeholder),
                meta, output: .response
            ) { value, meta in
                try await handle(try meta.request(endpoint, [(placeholder.name, .string(value))]))
            }
        case (nil, false):
            return Route(
                endpoint.method, endpoint.path, operation: endpoint.rawValue, access: .service, meta, body(endpoint),
                output: .response
            ) { meta, body in try await handle(try meta.request(endpoint, body)) }
        case (nil, true):
            return Route(
                endpoint.method, endpoint.path, operation: endpoint.rawValue, access: .service, meta,
                output: .response
            ) { meta in try await handle(try meta.request(endpoint, [])) }
        }
    }

    private static func path(_ member: BodyForm.Member) -> RouteInput<String> {
        RouteField(member.name, in: .path, "", member.form.schema).text
    }

    /// What the headers and the query say of a request.
    private struct Meta: Sendable {
        var id: String
        var correlationID: String
        var time: Instant
        var traceParent: String?
        var fields: [(name: String, value: JSONValue)]

        /// - Throws: ``JSONKit/FieldError``.
        func request(
            _ endpoint: Endpoint, _ others: [(name: String, value: JSONValue)]
        ) throws -> ServiceRequest {
            // The same user may be in the path and in the header.
            let own = fields.filter { field in !others.contains { $0.name == field.name && $0.value == field.value } }
            let json = JSONValue.members(own + others).canonical
            return ServiceRequest(
                id: id, endpoint: endpoint, fields: try FieldSet(json, as: endpoint.request),
                correlationID: correlationID, time: time, traceParent: traceParent)
        }
    }

    private static func metaInput(_ endpoint: Endpoint) -> RouteInput<Meta> {
        let places = ServiceWire.Places(endpoint)
        return RouteInput { given in
            let request = given.request
            func identifier(_ header: String) throws(FieldError) -> String {
                let values = request.headers.values(header)
                guard values.count == 1, NameRule.isIdentifier(values[0]) else {
                    throw FieldError(field: header, problem: "missing, or not an allowed value")
                }
                return values[0]
            }
            guard let time = request.headers[ServiceWire.timeHeader].flatMap(Int64.init),
                Instant.microsecondRange.contains(time)
            else { throw FieldError(field: ServiceWire.timeHeader, problem: "missing, or not an allowed value") }
            var fields: [(name: String, value: JSONValue)] = []
            if places.hasUser, request.headers[ServiceWire.userHeader] != nil {
                fields.append((Field.userID.name, .string(try identifier(ServiceWire.userHeader))))
            }
            for member in places.query {
                guard let text = try RouteField(member.name).text(in: given) else { continue }
                fields.append((member.name, member.form == .count ? .number(text) : .string(text)))
            }
            return Meta(
                id: try identifier(ServiceWire.requestHeader),
                correlationID: try identifier(RequestRecord.correlationHeader),
                time: Instant(microseconds: time), traceParent: request.headers[ServiceWire.traceHeader],
                fields: fields)
        }
    }

    private static func body(_ endpoint: Endpoint) -> RouteInput<[(name: String, value: JSONValue)]> {
        .body(nil, maximumBytes: RequestObject.maximumBytes) { bytes in
            let json: JSONValue
            do {
                json = try JSONValue(parsing: bytes, as: .interoperable)
            } catch let error as JSONError {
                throw FieldError(field: "", problem: error.message(in: bytes))
            }
            guard let object = json.object else { throw FieldError(field: "", problem: "not an object") }
            return object.members.map { ($0.name, $0.value) }
        }
    }
}
