import JSONKit

/// The successful response of a route: documented and written by the same value.
package struct RouteOutput<Value: Sendable>: Sendable {
    package let form: RouteOutputForm
    let write: @Sendable (Value) throws -> HTTPResponse
    /// Writes the body after the head; nil for a response that is complete.
    private(set) var stream: (@Sendable (Value) -> HTTPStreamBody)?

    package init(form: RouteOutputForm, write: @escaping @Sendable (Value) throws -> HTTPResponse) {
        self.form = form
        self.write = write
    }

    /// The same response with other statuses.
    /// - Parameters:
    ///   - status: the usual one.
    ///   - others: those that a ``Reply`` may choose instead, and what they mean.
    package func status(_ status: Int, or others: KeyValuePairs<Int, String> = [:]) -> RouteOutput {
        var form = form
        form.status = status
        form.others = others.map { ($0.key, $0.value) }
        let write = write
        return RouteOutput(form: form) { value in
            var response = try write(value)
            response.status = status
            return response
        }
    }
}

/// What the OpenAPI document says of an output.
package struct RouteOutputForm: Sendable {
    package var status = 200
    package var summary: String
    /// Further successful statuses with the same content.
    package var others: [(status: Int, summary: String)] = []
    /// Nil for a response without a body.
    package var contentType: String?
    /// Nil for content that JSON Schema cannot describe.
    package var schema: JSONSchema?
    package var headers: [Header] = []

    package init(
        status: Int = 200, summary: String, contentType: String? = nil, schema: JSONSchema? = nil,
        headers: [Header] = []
    ) {
        self.status = status
        self.summary = summary
        self.contentType = contentType
        self.schema = schema
        self.headers = headers
    }

    package struct Header: Sendable {
        package var name: String
        package var summary: String
        package var schema: JSONSchema

        package init(_ name: String, _ summary: String, _ schema: JSONSchema) {
            self.name = name
            self.summary = summary
            self.schema = schema
        }
    }
}

/// What a handler answers.
package struct Reply<Value: Sendable>: Sendable {
    package var value: Value
    /// One of the output's other statuses; nil for its usual one.
    package var status: Int?
    /// Header fields in addition to those of the output.
    package var headers: [(name: String, value: String)]
    /// For the log: on whose behalf the request was, once that is verified.
    package var subject: String?

    package init(
        _ value: Value, status: Int? = nil, headers: [(name: String, value: String)] = [], subject: String? = nil
    ) {
        self.value = value
        self.status = status
        self.headers = headers
        self.subject = subject
    }
}

extension Reply where Value == Void {
    package init() { self.init(()) }
}

// MARK: - Forms

extension RouteOutput where Value: Encodable {
    /// A 200 with a value's JSON; ``JSONMessage`` says what it looks like.
    package static func json(
        _ type: Value.Type = Value.self, _ summary: String = "", headers: [RouteOutputForm.Header] = []
    ) -> RouteOutput {
        let schema = (type as? any JSONMessage.Type)?.schema
        let form = RouteOutputForm(
            summary: summary, contentType: "application/json", schema: schema, headers: headers)
        return RouteOutput(form: form) { HTTPResponse(json: try JSON.message($0)) }
    }
}

extension RouteOutput where Value == [UInt8] {
    /// A 200 with JSON text that the handler has written.
    package static func jsonText(
        _ summary: String, _ schema: JSONSchema? = nil, headers: [RouteOutputForm.Header] = []
    ) -> RouteOutput {
        let form = RouteOutputForm(
            summary: summary, contentType: "application/json", schema: schema, headers: headers)
        return RouteOutput(form: form) { HTTPResponse(json: $0) }
    }

    /// A 200 with content of another type.
    package static func bytes(_ contentType: String, _ summary: String = "") -> RouteOutput {
        RouteOutput(form: RouteOutputForm(summary: summary, contentType: contentType)) {
            HTTPResponse(status: 200, headers: HTTPHeaders([("Content-Type", contentType)]), body: $0)
        }
    }
}

extension RouteOutput where Value == HTTPResponse {
    /// A response whose content type the handler decides.
    package static var response: RouteOutput { RouteOutput(form: RouteOutputForm(summary: "")) { $0 } }
}

extension RouteOutput where Value == HTTPStreamBody {
    /// Server-sent events, for as long as the client listens.
    package static func events(_ summary: String) -> RouteOutput {
        let headers = HTTPHeaders([("Content-Type", ServerSentEvent.contentType), ("Cache-Control", "no-store")])
        let form = RouteOutputForm(summary: summary, contentType: ServerSentEvent.contentType)
        var output = RouteOutput(form: form) { _ in HTTPResponse(status: 200, headers: headers) }
        output.stream = { $0 }
        return output
    }
}

extension RouteOutput where Value == Void {
    /// A 204.
    package static var empty: RouteOutput {
        RouteOutput(form: RouteOutputForm(status: 204, summary: "Done")) { HTTPResponse(status: 204) }
    }
}

extension HTTPResponse {
    /// A 200 with JSON text that must not be cached.
    package init(json: [UInt8]) {
        let headers = HTTPHeaders([("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        self.init(status: 200, headers: headers, body: json)
    }
}
