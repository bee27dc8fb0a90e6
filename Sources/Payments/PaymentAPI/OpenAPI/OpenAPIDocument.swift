import HTTPKit
import JSONKit

/// The OpenAPI 3.1 document of a table of routes.
enum OpenAPIDocument {
    static func json(_ routes: [Route], version: String) -> [UInt8] {
        let paths = Dictionary(grouping: routes, by: \.path).sorted { $0.key < $1.key }
        let document: JSONValue = [
            "openapi": "3.1.0",
            "info": [
                "title": "qrpay", "version": .string(version),
                "description": "Paying restaurant bills by QR code: iiko-integration and payments-eda.",
            ],
            "paths": .members(
                paths.map { path, routes in
                    (path, .members(routes.map { ($0.method.lowercased(), operation($0)) }))
                }),
            "components": [
                "securitySchemes": [
                    "restaurantKey": ["type": "apiKey", "in": "header", "name": .string(APIAccess.restaurantHeader)],
                    "restaurantBearer": ["type": "http", "scheme": "bearer"],
                    "gatewayKey": ["type": "apiKey", "in": "header", "name": .string(APIAccess.gatewayHeader)],
                    "callbackToken": ["type": "apiKey", "in": "query", "name": .string(APIAccess.tokenName)],
                ],
                "schemas": ["Failure": Messages.failure.json],
            ],
        ]
        return Array(document.compact.utf8)
    }

    private static func operation(_ route: Route) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = [
            ("operationId", .string(route.operation)), ("summary", .string(route.summary)),
            ("security", security(route.access)),
        ]
        if !route.allParameters.isEmpty { members.append(("parameters", .array(route.allParameters.map(parameter)))) }
        if let body = route.body {
            members.append(("requestBody", ["required": true, "content": ["application/json": ["schema": body.json]]]))
        }
        members.append(("responses", .members([("200", success(route.success))] + route.failureStatuses.map(failure))))
        return .members(members)
    }

    private static func security(_ access: Route.Access) -> JSONValue {
        switch access {
        case .anyone: []
        case .restaurant: [["restaurantKey": []], ["restaurantBearer": []]]
        case .gateway, .user: [["gatewayKey": []]]
        case .transactions: [["callbackToken": []]]
        }
    }

    private static func parameter(_ parameter: Parameter) -> JSONValue {
        [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "required": .bool(parameter.isRequired), "description": .string(parameter.summary),
            "schema": parameter.schema.json,
        ]
    }

    private static func success(_ success: Route.Success) -> JSONValue {
        let schema: JSONValue = success.schema.map { ["schema": $0.json] } ?? [:]
        let answer: JSONValue = [
            "description": .string(success.summary), "content": .members([(success.contentType, schema)]),
        ]
        guard !success.headers.isEmpty else { return answer }
        return answer.merging([
            "headers": .members(
                success.headers.map { ($0.name, ["description": .string($0.summary), "schema": $0.schema.json]) })
        ])
    }

    private static func failure(_ status: Int) -> (name: String, value: JSONValue) {
        let reference: JSONValue = ["schema": ["$ref": "#/components/schemas/Failure"]]
        return (
            "\(status)",
            ["description": .string(reason(status)), "content": ["application/json": reference]]
        )
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 400: "The request is invalid; the message says why"
        case 401: "No key, or an invalid one"
        case 403: "Not the key's own restaurant, or a deeplink that is not one of ours"
        case 404: "The order does not exist"
        case 409: "The order's state forbids it: being paid by another user, bill changed, too late"
        case 413: "The body is too large"
        case 502: "A partner failed or did not answer in time"
        case 503: "The store is unavailable"
        default: "A defect"
        }
    }
}
