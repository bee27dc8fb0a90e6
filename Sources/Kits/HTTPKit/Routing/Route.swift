/// One route: its method, path, access, typed inputs, typed output and handler. The server and the OpenAPI document are
/// both derived from it.
package struct Route: Sendable {
    package let method: String
    package let path: PathTemplate
    /// A verb and its object, unique: `createOrder`.
    package let operation: String
    package let summary: String
    package let access: RouteAccess
    /// Whether it is answered even when the server has reached its limit of requests.
    package let isReserved: Bool
    /// In the order of the handler's arguments.
    package let inputs: [RouteInputForm]
    package let output: RouteOutputForm
    /// The statuses of its errors, in addition to those of its access and inputs.
    package let failures: [Int]
    let handler: Handler

    /// A response and what the log says of it.
    struct Answer: Sendable {
        var response: HTTPResponse
        /// Nil for a response that is complete.
        var stream: HTTPStreamBody?
        var subject: String?
    }

    enum Handler: Sendable {
        /// Runs on a server thread, which it must not block.
        case immediate(@Sendable (RouteRequest) throws -> Answer)
        case asynchronous(@Sendable (RouteRequest) async throws -> Answer)
        /// Runs on a server thread where it can; nil passes the request to `otherwise`.
        case atOnce(
            @Sendable (RouteRequest) throws -> Answer?, otherwise: @Sendable (RouteRequest) async throws -> Answer)

        /// Awaited when a server thread cannot answer.
        var asynchronous: (@Sendable (RouteRequest) async throws -> Answer)? {
            switch self {
            case .immediate: nil
            case .asynchronous(let handle), .atOnce(_, otherwise: let handle): handle
            }
        }
    }
}

/// Who may use a route, by name; ``RouteGate`` decides.
package struct RouteAccess: Hashable, Sendable {
    package var name: String
    /// Any one of these security schemes of the OpenAPI document; none for everybody.
    package var schemes: [String]
    /// The statuses with which it refuses.
    package var failures: Set<Int>

    package init(_ name: String, schemes: [String], failures: Set<Int>) {
        self.name = name
        self.schemes = schemes
        self.failures = failures
    }

    package static let anyone = RouteAccess("anyone", schemes: [], failures: [])
}

// MARK: - Handlers

extension Route {
    /// A route whose handler is awaited.
    package init<each Input: Sendable, Output: Sendable>(
        _ method: String, _ path: PathTemplate, operation: String, summary: String = "",
        access: RouteAccess = .anyone, isReserved: Bool = false, _ inputs: repeat RouteInput<each Input>,
        output: RouteOutput<Output>, failures: [Int] = [],
        handle: @escaping @Sendable (repeat each Input) async throws -> Reply<Output>
    ) {
        self.init(
            method, path, operation, summary, access, isReserved, Self.forms(repeat each inputs), output.form, failures,
            .asynchronous { request in
                try output.answer(try await handle(repeat try (each inputs).read(request)))
            })
    }

    /// A route whose handler runs on a server thread, which it must not block.
    package static func immediate<each Input: Sendable, Output: Sendable>(
        _ method: String, _ path: PathTemplate, operation: String, summary: String = "",
        access: RouteAccess = .anyone, isReserved: Bool = false, _ inputs: repeat RouteInput<each Input>,
        output: RouteOutput<Output>, failures: [Int] = [],
        handle: @escaping @Sendable (repeat each Input) throws -> Reply<Output>
    ) -> Route {
        Route(
            method, path, operation, summary, access, isReserved, forms(repeat each inputs), output.form, failures,
            .immediate { request in try output.answer(try handle(repeat try (each inputs).read(request))) })
    }

    /// A route whose first handler runs on a server thread where it can; nil leaves the request to the second one.
    package init<each Input: Sendable, Output: Sendable>(
        _ method: String, _ path: PathTemplate, operation: String, summary: String = "",
        access: RouteAccess = .anyone, isReserved: Bool = false, _ inputs: repeat RouteInput<each Input>,
        output: RouteOutput<Output>, failures: [Int] = [],
        atOnce: @escaping @Sendable (repeat each Input) throws -> Reply<Output>?,
        otherwise: @escaping @Sendable (repeat each Input) async throws -> Reply<Output>
    ) {
        self.init(
            method, path, operation, summary, access, isReserved, Self.forms(repeat each inputs), output.form, failures,
            .atOnce(
                { request in
                    try atOnce(repeat try (each inputs).read(request)).map { try output.answer($0) }
                },
                otherwise: { request in
                    try output.answer(try await otherwise(repeat try (each inputs).read(request)))
                }))
    }

    private init(
        _ method: String, _ path: PathTemplate, _ operation: String, _ summary: String, _ access: RouteAccess,
        _ isReserved: Bool, _ inputs: [RouteInputForm], _ output: RouteOutputForm, _ failures: [Int],
        _ handler: Handler
    ) {
        self.method = method
        self.path = path
        self.operation = operation
        self.summary = summary
        self.access = access
        self.isReserved = isReserved
        self.inputs = inputs
        self.output = output
        self.failures = failures
        self.handler = handler
        let read = parameters.filter { $0.place == .path }.map(\.name)
        precondition(Set(read) == Set(path.placeholders), "\(path): placeholders and path parameters differ")
    }

    private static func forms<each Input>(_ inputs: repeat RouteInput<each Input>) -> [RouteInputForm] {
        var forms: [RouteInputForm] = []
        for input in repeat each inputs { if let form = input.form { forms.append(form) } }
        return forms
    }
}

extension RouteOutput {
    fileprivate func answer(_ reply: Reply<Value>) throws -> Route.Answer {
        var response = try write(reply.value)
        if let status = reply.status { response.status = status }
        for (name, value) in reply.headers { response.headers.add(name, value) }
        return Route.Answer(response: response, stream: stream?(reply.value), subject: reply.subject)
    }
}

// MARK: - Documentation

extension Route {
    package var parameters: [RouteParameter] {
        inputs.compactMap { if case .parameter(let parameter) = $0 { parameter } else { nil } }
    }

    package var hasBody: Bool { inputs.contains { if case .body = $0 { true } else { false } } }

    /// Whether its body may be left out.
    var isBodyOptional: Bool {
        inputs.contains { if case .body(_, let isRequired) = $0 { !isRequired } else { false } }
    }

    /// The schema of its body; nil without a body, and for one that has none.
    package var bodySchema: JSONSchema? {
        inputs.lazy.compactMap { if case .body(let schema, _) = $0 { schema } else { nil } }.first
    }

    /// Every error status of this route.
    package var failureStatuses: [Int] {
        var statuses = Set(failures + [500, 503]).union(access.failures)
        if !inputs.isEmpty { statuses.insert(400) }
        if hasBody { statuses.insert(413) }
        return statuses.sorted()
    }
}
