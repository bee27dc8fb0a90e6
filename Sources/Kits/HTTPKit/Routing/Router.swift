package import WorldKit

/// Decides who may use a route.
package struct RouteGate: Sendable {
    /// Called with the head of every request to a route, on a server thread; throws for a caller who may not use it.
    var check: @Sendable (RouteAccess, HTTPServerRequest) throws -> Void
    /// What cannot be decided at once, before a body is read: nil where `check` decides alone. A route that has no body
    /// to wait for leaves it to its handler.
    var confirmation: @Sendable (RouteAccess) -> (@Sendable (HTTPServerRequest) async throws -> Void)?

    package init(
        check: @escaping @Sendable (RouteAccess, HTTPServerRequest) throws -> Void,
        confirmation: @escaping @Sendable (RouteAccess) -> (@Sendable (HTTPServerRequest) async throws -> Void)? = {
            _ in nil
        }
    ) {
        self.check = check
        self.confirmation = confirmation
    }

    /// Everybody may use every route.
    package static let open = RouteGate(check: { _, _ in })
}

/// Finds the route of a request, checks who may use it, and ensures that every request is answered and recorded.
///
/// An unknown path is answered with 404, a known one with another method with 405 and `Allow`, a request that does not
/// fit the route's inputs with 400. `HEAD` is answered as `GET`; the server leaves out the body.
package struct Router: Sendable {
    private struct Match {
        var route: Route
        var values: [(name: String, value: String)] = []
    }

    private enum Search {
        case found(Match)
        case none(HTTPFailure, allowed: String?)
    }

    package let routes: [Route]
    /// Routes without placeholders by path segments, so that an encoded slash is not a separator.
    private let literal: [[String]: [Route]]
    /// Routes with placeholders, the most specific first.
    private let templates: [Route]
    private let gate: RouteGate
    private let now: @Sendable () -> Instant
    private let refuse: @Sendable (any Error, HTTPServerRequest) -> HTTPServerAnswer
    private let ended: @Sendable (RequestRecord) -> Void

    /// - Parameters:
    ///   - refuse: the answer to a request that has no route, or whose gate, inputs or handler threw;
    ///     ``HTTPFailure/init(refusing:)`` maps what this module throws.
    ///   - ended: called with every request once its response is known, on any thread; it must return quickly.
    package init(
        _ routes: [Route], gate: RouteGate = .open, now: @escaping @Sendable () -> Instant,
        refuse: @escaping @Sendable (any Error, HTTPServerRequest) -> HTTPServerAnswer,
        ended: @escaping @Sendable (RequestRecord) -> Void = { _ in }
    ) {
        self.routes = routes
        self.gate = gate
        self.now = now
        self.refuse = refuse
        self.ended = ended
        literal = Dictionary(grouping: routes.filter { $0.path.literal != nil }) { $0.path.literal ?? [] }
        templates = routes.filter { $0.path.literal == nil }.enumerated().sorted { left, right in
            if left.element.path.isMoreSpecific(than: right.element.path) { return true }
            return !right.element.path.isMoreSpecific(than: left.element.path) && left.offset < right.offset
        }.map(\.element)
        precondition(
            Set(routes.map { RouteKey(method: $0.method, shape: $0.path.shape) }).count == routes.count,
            "two routes have the same method and path")
        precondition(Set(routes.map(\.operation)).count == routes.count, "two routes have the same operation")
    }

    private struct RouteKey: Hashable {
        var method: String
        var shape: [PathTemplate.Segment]
    }

    /// For ``HTTPServer``.
    package var handlers: HTTPServerHandlers {
        HTTPServerHandlers(
            admit: { admission($0) }, immediate: { immediateAnswer($0) }, isReserved: { isReserved($0) },
            handle: { await answer($0) })
    }

    /// Whether a request is served from the reserve of connections.
    package func isReserved(_ request: HTTPServerRequest) -> Bool {
        if case .found(let match) = search(request) { match.route.isReserved } else { false }
    }

    /// Whether a request may send its body: to a route that has one, from a caller who may use it.
    package func admission(_ request: HTTPServerRequest) -> HTTPServerHandlers.Admission {
        guard case .found(let match) = search(request) else { return .refused(immediateAnswer(request) ?? .reset) }
        let started = now()
        do {
            try gate.check(match.route.access, request)
            guard match.route.hasBody else { throw HTTPFailure.badRequest("this path takes no body") }
            guard let confirm = gate.confirmation(match.route.access) else { return .granted }
            return .later {
                do {
                    try await confirm(request)
                    return nil
                } catch {
                    return finish(request, match.route, started, .failure(error))
                }
            }
        } catch {
            return .refused(finish(request, match.route, started, .failure(error)))
        }
    }

    /// The answer that a server thread can give; nil when the request's route has to be awaited.
    package func immediateAnswer(_ request: HTTPServerRequest) -> HTTPServerAnswer? {
        switch search(request) {
        case .found(let match):
            let started = now()
            do {
                guard let answer = try immediateAnswer(request, match) else { return nil }
                return finish(request, match.route, started, .success(answer))
            } catch {
                return finish(request, match.route, started, .failure(error))
            }
        case .none(let failure, let allowed):
            guard case .response(var response) = refuse(failure, request) else { return .reset }
            if let allowed { response.headers.add("Allow", allowed) }
            return finish(request, nil, now(), .success(Route.Answer(response: response)))
        }
    }

    /// The answer to any request.
    package func answer(_ request: HTTPServerRequest) async -> HTTPServerAnswer {
        guard case .found(let match) = search(request), let handle = match.route.handler.asynchronous else {
            return immediateAnswer(request) ?? .reset
        }
        let started = now()
        let outcome: Result<Route.Answer, any Error>
        do {
            try gate.check(match.route.access, request)
            outcome = .success(try await handle(RouteRequest(request: request, path: match.values)))
        } catch {
            outcome = .failure(error)
        }
        return finish(request, match.route, started, outcome)
    }

    private func immediateAnswer(_ request: HTTPServerRequest, _ match: Match) throws -> Route.Answer? {
        switch match.route.handler {
        case .asynchronous: return nil
        case .immediate(let handle):
            try gate.check(match.route.access, request)
            return try handle(RouteRequest(request: request, path: match.values))
        case .atOnce(let handle, otherwise: _):
            try gate.check(match.route.access, request)
            return try handle(RouteRequest(request: request, path: match.values))
        }
    }

    private func search(_ request: HTTPServerRequest) -> Search {
        let method = request.method == "HEAD" ? "GET" : request.method
        var allowed: [String] = []
        for route in literal[request.pathSegments] ?? [] {
            if route.method == method { return .found(Match(route: route)) }
            allowed.append(route.method)
        }
        for route in templates {
            guard let values = route.path.values(in: request.pathSegments) else { continue }
            if route.method == method { return .found(Match(route: route, values: values)) }
            allowed.append(route.method)
        }
        return Self.refusal(allowed)
    }

    private static func refusal(_ methods: [String]) -> Search {
        guard !methods.isEmpty else {
            return .none(
                HTTPFailure(status: 404, code: "not_found", message: "this path does not exist"), allowed: nil)
        }
        var allowed: [String] = []
        for method in methods.flatMap({ $0 == "GET" ? ["GET", "HEAD"] : [$0] }) where !allowed.contains(method) {
            allowed.append(method)
        }
        let text = allowed.joined(separator: ", ")
        return .none(
            HTTPFailure(status: 405, code: "method_not_allowed", message: "this path supports only \(text)"),
            allowed: text)
    }

    private func finish(
        _ request: HTTPServerRequest, _ route: Route?, _ started: Instant, _ outcome: Result<Route.Answer, any Error>
    ) -> HTTPServerAnswer {
        let answer: HTTPServerAnswer
        var (subject, failure): (String?, (any Error)?)
        switch outcome {
        case .success(let given):
            answer = given.stream.map { .stream(given.response, $0) } ?? .response(given.response)
            subject = given.subject
        case .failure(let error):
            answer = refuse(error, request)
            failure = error
        }
        // A connection that is reset has no status.
        let response: HTTPResponse? =
            switch answer {
            case .response(let response), .stream(let response, _): response
            case .truncated, .reset: nil
            }
        let ended = now()
        self.ended(
            RequestRecord(
                at: ended, method: route?.method ?? "any", route: route?.path.description ?? "none",
                status: response?.status ?? 0, seconds: max(0, ended.seconds(since: started)),
                requestID: request.headers["X-Request-Id"],
                correlationID: response?.headers[RequestRecord.correlationHeader],
                subject: subject, failure: failure))
        return answer
    }
}
