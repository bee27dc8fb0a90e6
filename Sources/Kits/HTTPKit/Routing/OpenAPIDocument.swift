package import JSONKit

/// The OpenAPI 3.1 document of some routes.
package struct OpenAPIDocument: Sendable {
    package var title: String
    package var version: String
    package var description: String
    /// By name; ``RouteAccess/schemes`` refers to them.
    package var securitySchemes: JSONValue
    /// What an error status means here, where ``standardReasons`` do not say enough.
    package var reasons: [Int: String]

    package init(
        title: String, version: String, description: String, securitySchemes: JSONValue = [:],
        reasons: [Int: String] = [:]
    ) {
        self.title = title
        self.version = version
        self.description = description
        self.securitySchemes = securitySchemes
        self.reasons = reasons
    }

    package static let standardReasons = [
        400: "The request is invalid; the message says why",
        401: "No key, or an invalid one",
        403: "Not allowed",
        404: "Not found",
        409: "The state forbids it",
        413: "The body is too large",
        500: "A defect",
        503: "The store is unavailable",
    ]

    private static let failure = JSONSchema.object([
        "code": .string("A stable word to branch on", pattern: "^[a-z][a-z0-9_]*$"),
        "message": .string("For display; may change"),
    ])

    package func json(_ routes: [Route]) -> JSONValue {
        let paths = Dictionary(grouping: routes, by: \.path.documented).sorted { $0.key < $1.key }
        return [
            "openapi": "3.1.0",
            "info": ["title": .string(title), "version": .string(version), "description": .string(description)],
            "paths": .members(
                paths.map { path, routes in
                    (path, .members(routes.map { ($0.method.lowercased(), operation($0)) }))
                }),
            "components": ["securitySchemes": securitySchemes, "schemas": ["Failure": Self.failure.json]],
        ]
    }

    private func operation(_ route: Route) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = [
            ("operationId", .string(route.operation)), ("summary", .string(route.summary)),
            ("security", .array(route.access.schemes.map { .members([($0, .array([]))]) })),
        ]
        if !route.parameters.isEmpty { members.append(("parameters", .array(route.parameters.map(Self.parameter)))) }
        if route.hasBody {
            let content: JSONValue = ["application/json": Self.content(route.bodySchema)]
            members.append(("requestBody", ["required": .bool(!route.isBodyOptional), "content": content]))
        }
        let output = route.output
        let successes = [(output.status, output.summary)] + output.others.map { ($0.status, $0.summary) }
        let responses = successes.map { ("\($0)", Self.success(output, summary: $1)) }
        members.append(("responses", .members(responses + route.failureStatuses.map(failure))))
        return .members(members)
    }

    private static func parameter(_ parameter: RouteParameter) -> JSONValue {
        [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "required": .bool(parameter.isRequired), "description": .string(parameter.summary),
            "schema": parameter.schema.json,
        ]
    }

    private static func success(_ output: RouteOutputForm, summary: String) -> JSONValue {
        var answer: JSONValue = ["description": .string(summary)]
        if let contentType = output.contentType {
            answer = answer.merging(["content": .members([(contentType, content(output.schema))])])
        }
        guard !output.headers.isEmpty else { return answer }
        return answer.merging([
            "headers": .members(
                output.headers.map { ($0.name, ["description": .string($0.summary), "schema": $0.schema.json]) })
        ])
    }

    private static func content(_ schema: JSONSchema?) -> JSONValue { schema.map { ["schema": $0.json] } ?? [:] }

    private func failure(_ status: Int) -> (name: String, value: JSONValue) {
        let reference: JSONValue = ["schema": ["$ref": "#/components/schemas/Failure"]]
        let reason = reasons[status] ?? Self.standardReasons[status] ?? "Refused"
        return ("\(status)", ["description": .string(reason), "content": ["application/json": reference]])
    }
}

extension PathTemplate {
    /// As OpenAPI writes it, which has no placeholder for several segments.
    fileprivate var documented: String { description.replacing("+}", with: "}") }
}
