/// Finds the handler for a request's method and path; answers 404 or 405 if there is none.
package struct HTTPRouter: Sendable {
    package struct Route: Sendable {
        package enum Handler: Sendable {
            /// Runs on a server thread, which it must not block.
            case immediate(@Sendable (HTTPServerRequest, HTTPPathValues) -> HTTPServerAnswer)
            case asynchronous(@Sendable (HTTPServerRequest, HTTPPathValues) async -> HTTPServerAnswer)
        }

        package let method: String
        /// `/orders/{order_id}/history`: a segment in braces matches any nonempty segment and is captured decoded.
        package let pattern: String
        package let handler: Handler
        fileprivate let segments: [Segment]
    }

    fileprivate enum Segment {
        case literal(String)
        case captured(String)
    }

    private enum Match {
        case route(Route, HTTPPathValues)
        case none(HTTPFailure, allowed: [String])
    }

    /// In matching order: the first route with a matching method and pattern is used.
    package private(set) var routes: [Route] = []

    package init() {}

    package mutating func on(
        _ method: String, _ pattern: String,
        _ handler: @escaping @Sendable (HTTPServerRequest, HTTPPathValues) async -> HTTPServerAnswer
    ) {
        add(method, pattern, .asynchronous(handler))
    }

    package mutating func onImmediate(
        _ method: String, _ pattern: String,
        _ handler: @escaping @Sendable (HTTPServerRequest, HTTPPathValues) -> HTTPServerAnswer
    ) {
        add(method, pattern, .immediate(handler))
    }

    /// For ``HTTPServer``'s `handler`.
    package func answer(_ request: HTTPServerRequest) async -> HTTPServerAnswer {
        switch match(request) {
        case .route(let route, let values):
            switch route.handler {
            case .immediate(let handler): handler(request, values)
            case .asynchronous(let handler): await handler(request, values)
            }
        case .none(let failure, let allowed): Self.refusal(failure, allowed)
        }
    }

    /// For ``HTTPServer``'s `immediate`: nil if the request's handler is asynchronous.
    package func immediateAnswer(_ request: HTTPServerRequest) -> HTTPServerAnswer? {
        switch match(request) {
        case .route(let route, let values):
            switch route.handler {
            case .immediate(let handler): handler(request, values)
            case .asynchronous: nil
            }
        case .none(let failure, let allowed): Self.refusal(failure, allowed)
        }
    }

    private mutating func add(_ method: String, _ pattern: String, _ handler: Route.Handler) {
        let segments = pattern == "/" ? [] : pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        routes.append(
            Route(
                method: method, pattern: pattern, handler: handler,
                segments: segments.map { segment in
                    segment.hasPrefix("{") && segment.hasSuffix("}")
                        ? .captured(String(segment.dropFirst().dropLast())) : .literal(String(segment))
                }))
    }

    /// `HEAD` falls back to `GET`; the server omits the body.
    private func match(_ request: HTTPServerRequest) -> Match {
        var allowed: [String] = []
        var fallback: Match?
        for route in routes {
            guard let values = route.values(in: request.pathSegments) else { continue }
            if route.method == request.method { return .route(route, values) }
            if route.method == "GET", request.method == "HEAD", fallback == nil { fallback = .route(route, values) }
            if !allowed.contains(route.method) { allowed.append(route.method) }
        }
        if let fallback { return fallback }
        guard allowed.isEmpty else {
            let failure = HTTPFailure(
                status: 405, code: "method_not_allowed", message: "\(request.path) does not support \(request.method)")
            return .none(failure, allowed: allowed)
        }
        return .none(
            HTTPFailure(status: 404, code: "not_found", message: "\(request.path) not found"), allowed: [])
    }

    private static func refusal(_ failure: HTTPFailure, _ allowed: [String]) -> HTTPServerAnswer {
        var response = failure.response
        if !allowed.isEmpty {
            let implied = allowed.contains("GET") && !allowed.contains("HEAD") ? ["HEAD"] : []
            response.headers["Allow"] = (allowed + implied).joined(separator: ", ")
        }
        return .response(response)
    }
}

/// The captured values of a route's pattern.
package struct HTTPPathValues: Sendable {
    fileprivate var values: [(name: String, value: String)] = []

    /// The decoded segment for `{name}`; empty if the pattern does not have that name.
    package subscript(name: String) -> String { values.first { $0.name == name }?.value ?? "" }
}

extension HTTPRouter.Route {
    fileprivate func values(in path: [String]) -> HTTPPathValues? {
        guard path.count == segments.count else { return nil }
        var captured = HTTPPathValues()
        for (segment, text) in zip(segments, path) {
            switch segment {
            case .literal(let literal): if literal != text { return nil }
            case .captured(let name):
                if text.isEmpty { return nil }
                captured.values.append((name, text))
            }
        }
        return captured
    }
}
