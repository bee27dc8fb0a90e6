import EncodingKit
import HTTPKit
import JSONKit

/// Routes for operators and tools.
enum OperationRoutes {
    /// - Parameters:
    ///   - check: throws when requests cannot be served.
    ///   - metrics: in Prometheus' text format.
    static func all(
        check: @escaping @Sendable () async throws -> Void, metrics: @escaping @Sendable () async throws -> String
    ) -> [Route] {
        [
            Route(
                "GET", "/healthz", operation: "getHealth",
                summary: "Whether requests can be served: the stores answer", isReserved: true,
                output: .value("They can", .object(["status": .word(["ok"])]))
            ) {
                try await check()
                return Reply(["status": "ok"])
            },
            Route(
                "GET", "/metrics", operation: "getMetrics", summary: "Metrics for Prometheus", isReserved: true,
                output: .bytes("text/plain; version=0.0.4; charset=utf-8", "Prometheus' text format")
            ) { Reply(Array(try await metrics().utf8)) },
        ]
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
