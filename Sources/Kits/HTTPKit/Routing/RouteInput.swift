package import JSONKit

/// The request that a route reads, with the values of its path's placeholders.
package struct RouteRequest: Sendable {
    package let request: HTTPServerRequest
    /// By placeholder, decoded.
    let path: [(name: String, value: String)]
}

/// One typed value that a route reads from the request: a parameter of the path, the query or a header, or the body.
///
/// It is documented and read by the same value. A route reads all of its inputs before its handler runs, so that
/// a malformed one is refused even when the handler does not need it.
package struct RouteInput<Value: Sendable>: Sendable {
    /// Nil for what the document says elsewhere: credentials, the path itself.
    package let form: RouteInputForm?
    /// Throws ``JSONKit/FieldError`` when the request does not fit.
    let read: @Sendable (RouteRequest) throws -> Value

    /// - Parameter read: throws ``JSONKit/FieldError`` when the request does not fit.
    package init(form: RouteInputForm? = nil, read: @escaping @Sendable (RouteRequest) throws -> Value) {
        self.form = form
        self.read = read
    }

    /// An input with the same form and another value.
    package func map<Other: Sendable>(
        _ transform: @escaping @Sendable (Value, HTTPServerRequest) throws -> Other
    ) -> RouteInput<Other> {
        RouteInput<Other>(form: form) { try transform(try read($0), $0.request) }
    }
}

/// What the OpenAPI document says of an input.
package enum RouteInputForm: Sendable {
    case parameter(RouteParameter)
    /// A JSON body. Nil for one that JSON Schema does not describe.
    case body(JSONSchema?, isRequired: Bool = true)
}

/// A parameter as documented.
package struct RouteParameter: Sendable {
    package enum Place: String, Sendable { case path, query, header }

    package var name: String
    package var place: Place
    package var isRequired: Bool
    package var summary: String
    package var schema: JSONSchema
}

// MARK: - Parameters

/// Describes a parameter; ``required(_:)`` and ``optional(_:)`` make an input of it.
package struct RouteField: Sendable {
    package var name: String
    package var place: RouteParameter.Place
    package var summary: String
    package var schema: JSONSchema

    package init(
        _ name: String, in place: RouteParameter.Place = .query, _ summary: String = "",
        _ schema: JSONSchema = .string()
    ) {
        self.name = name
        self.place = place
        self.summary = summary
        self.schema = schema
    }

    /// An input that must be given.
    /// - Parameter parse: the value of a text; its error names this field.
    package func required<Value: Sendable>(
        _ parse: @escaping @Sendable (String) throws(FieldError) -> Value
    ) -> RouteInput<Value> {
        RouteInput(form: form(isRequired: true)) { request in
            guard let text = try text(in: request) else { throw FieldError(field: name, problem: "missing") }
            return try parse(text)
        }
    }

    /// An input that may be left out.
    package func optional<Value: Sendable>(
        _ parse: @escaping @Sendable (String) throws(FieldError) -> Value
    ) -> RouteInput<Value?> {
        RouteInput(form: form(isRequired: false)) { request in try text(in: request).map { try parse($0) } }
    }

    /// A text as it is.
    package var text: RouteInput<String> { required { text throws(FieldError) in text } }

    /// A whole number in a range.
    package func integer(in range: ClosedRange<Int>) -> RouteInput<Int> { required(number(in: range)) }

    /// A whole number in a range, which may be left out.
    package func optionalInteger(in range: ClosedRange<Int>) -> RouteInput<Int?> { optional(number(in: range)) }

    /// One of a closed set of words, which may be left out.
    package func optionalWord<Word: RawRepresentable & Sendable>(_ type: Word.Type) -> RouteInput<Word?>
    where Word.RawValue == String {
        let name = name
        return optional { text throws(FieldError) in
            guard let word = Word(rawValue: text) else {
                throw FieldError(field: name, problem: "not an allowed value")
            }
            return word
        }
    }

    private func number(in range: ClosedRange<Int>) -> @Sendable (String) throws(FieldError) -> Int {
        let name = name
        return { text throws(FieldError) in
            guard let number = Int(text), range.contains(number) else {
                let isOpen = range.upperBound == .max
                throw FieldError(
                    field: name,
                    problem: isOpen
                        ? "not a number from \(range.lowerBound)" : "not \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }

    private func form(isRequired: Bool) -> RouteInputForm {
        .parameter(
            RouteParameter(name: name, place: place, isRequired: isRequired, summary: summary, schema: schema))
    }

    /// The parameter's text, nil where it is not given; repeated it is refused: two readers could choose differently.
    package func text(in request: RouteRequest) throws(FieldError) -> String? {
        var found: String?
        func take(_ value: String) throws(FieldError) {
            guard found == nil else { throw FieldError(field: name, problem: "given more than once") }
            found = value
        }
        switch place {
        case .path: found = request.path.first { $0.name == name }?.value
        case .query: for item in request.request.query where item.name == name { try take(item.value) }
        case .header: for value in request.request.headers.values(name) { try take(value) }
        }
        return found
    }
}

// MARK: - Bodies

extension RouteInput {
    /// A JSON body.
    /// - Parameters:
    ///   - schema: nil when JSON Schema does not describe it.
    ///   - maximumBytes: a longer body is refused with 413.
    ///   - isRequired: for the document; `read` gets an empty body where none is sent.
    package static func body(
        _ schema: JSONSchema?, maximumBytes: Int = .max, isRequired: Bool = true,
        _ read: @escaping @Sendable ([UInt8]) throws -> Value
    ) -> RouteInput {
        RouteInput(form: .body(schema, isRequired: isRequired)) { request in
            guard request.request.body.count <= maximumBytes else {
                throw HTTPFailure(
                    status: 413, code: "body_too_large", message: "a body has at most \(maximumBytes) bytes")
            }
            return try read(request.request.body)
        }
    }
}

extension RouteInput where Value: Decodable {
    /// A JSON body of a type; ``JSONMessage`` says what it looks like.
    package static func json(_ type: Value.Type = Value.self, maximumBytes: Int = .max) -> RouteInput {
        body((type as? any JSONMessage.Type)?.schema, maximumBytes: maximumBytes) { bytes in
            try JSON.message(type, from: bytes)
        }
    }
}
