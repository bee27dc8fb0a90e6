import HTTPKit
import JSONKit
import Payments

/// Routes for operators and tools.
enum OperationRoutes {
    /// - Parameter checkPartners: throws when no partner can be reached from this process, whatever the partners'
    ///   state.
    static func all(
        _ services: Services, _ report: MetricsReport, checkPartners: @escaping @Sendable () throws -> Void
    ) -> [Route] {
        [metrics(report), health(services, checkPartners)]
    }

    private static func metrics(_ report: MetricsReport) -> Route {
        let contentType = "text/plain; version=0.0.4; charset=utf-8"
        return Route(
            method: "GET", path: "/metrics", operation: "getMetrics", summary: "Metrics for Prometheus",
            access: .anyone, isReserved: true,
            success: .init(summary: "Prometheus' text format", contentType: contentType),
            handler: .asynchronous { _ in
                let text = try await report.text()
                return Answer(
                    HTTPResponse(
                        status: 200, headers: HTTPHeaders([("Content-Type", contentType)]), body: Array(text.utf8)))
            })
    }

    private struct Health: Encodable { var status: String }

    private static func health(_ services: Services, _ checkPartners: @escaping @Sendable () throws -> Void) -> Route {
        Route(
            method: "GET", path: "/healthz", operation: "getHealth",
            summary: "Whether requests can be served: the store answers, and partner requests are possible",
            access: .anyone, isReserved: true,
            success: .init(summary: "They can", schema: Messages.health),
            handler: .asynchronous { _ in
                try await services.checkStore()
                do {
                    try checkPartners()
                } catch let error as HTTPTransportError {
                    return Answer(
                        HTTPFailure(status: 503, code: "partners_unreachable", message: error.message).response)
                }
                return try Answer(Health(status: "ok"))
            })
    }

    /// The document that describes every route, this one included.
    static func openAPI(_ document: @escaping @Sendable () -> [UInt8]) -> Route {
        Route(
            method: "GET", path: "/openapi.json", operation: "getOpenAPI", summary: "This document", access: .anyone,
            success: .init(
                summary: "OpenAPI 3.1",
                schema: .object(["openapi": .string(), "paths": Schema(json: ["type": "object"])])),
            handler: .immediate { _ in Answer(json: document()) })
    }
}
