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
        Route(
            "GET", "/metrics", operation: "getMetrics", summary: "Metrics for Prometheus", isReserved: true,
            output: .bytes("text/plain; version=0.0.4; charset=utf-8", "Prometheus' text format")
        ) { Reply(Array(try await report.text().utf8)) }
    }

    private struct Health: Encodable, JSONMessage {
        static let schema = JSONSchema.object(["status": .word(["ok"])])

        var status: String
    }

    private static func health(_ services: Services, _ checkPartners: @escaping @Sendable () throws -> Void) -> Route {
        Route(
            "GET", "/healthz", operation: "getHealth",
            summary: "Whether requests can be served: the store answers, and partner requests are possible",
            isReserved: true, output: .json(Health.self, "They can")
        ) {
            try await services.checkStore()
            do {
                try checkPartners()
            } catch let error as HTTPTransportError {
                throw HTTPFailure(status: 503, code: "partners_unreachable", message: error.message)
            }
            return Reply(Health(status: "ok"))
        }
    }

    /// The document that describes every route, this one included.
    static func openAPI(_ document: @escaping @Sendable () -> [UInt8]) -> Route {
        let schema = JSONSchema.object(["openapi": .string(), "paths": JSONSchema(json: ["type": "object"])])
        return Route.immediate(
            "GET", "/openapi.json", operation: "getOpenAPI", summary: "This document",
            output: .jsonText("OpenAPI 3.1", schema)
        ) { Reply(document()) }
    }
}
