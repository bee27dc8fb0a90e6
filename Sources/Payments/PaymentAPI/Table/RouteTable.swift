import HTTPKit
import PaymentCore
import Payments
import WorldKit

/// Finds the route of a request, checks authorization, and ensures that every response is counted and logged.
struct RouteTable: Sendable {
    private enum Match {
        case route(Route)
        case none(HTTPFailure, allowed: String?)
    }

    let routes: [Route]
    /// By path segments, so that an encoded slash is not a separator.
    private let byPath: [[String]: [Route]]
    private let access: APIAccess
    private let isRestaurantKey: @Sendable (String) async throws -> Bool
    private let now: @Sendable () -> Instant
    private let ended: @Sendable (RequestRecord) -> Void

    /// - Parameters:
    ///   - isRestaurantKey: verifies a restaurant's API key.
    ///   - ended: called with every request once its response is known.
    init(
        _ routes: [Route], access: APIAccess, isRestaurantKey: @escaping @Sendable (String) async throws -> Bool,
        now: @escaping @Sendable () -> Instant,
        ended: @escaping @Sendable (RequestRecord) -> Void
    ) {
        self.routes = routes
        self.access = access
        self.isRestaurantKey = isRestaurantKey
        self.now = now
        self.ended = ended
        byPath = Dictionary(grouping: routes) { $0.path.split(separator: "/").map(String.init) }
    }

    /// For ``HTTPServer``'s `isReserved`.
    func isReserved(_ request: HTTPServerRequest) -> Bool {
        if case .route(let route) = match(request) { route.isReserved } else { false }
    }

    /// For ``HTTPServer``'s `admit`: a body is read for a route that has one, from a caller with a valid key.
    func admission(_ request: HTTPServerRequest) -> HTTPServerHandlers.Admission {
        guard case .route(let route) = match(request) else { return .refused(immediateAnswer(request) ?? .reset) }
        let started = now()
        do {
            let call = try admitted(request, to: route)
            guard route.body != nil else { throw Problem(.invalid, "bad_request", "this path takes no body") }
            guard route.access == .restaurant else { return .granted }
            return .later { await refusal(of: call, to: route, started) }
        } catch {
            return .refused(finish(request, route, started, .failure(error)))
        }
    }

    private func refusal(of call: Call, to route: Route, _ started: Instant) async -> HTTPServerAnswer? {
        do {
            guard try await isRestaurantKey(call.restaurantKey ?? "") else { throw Problem.badKey }
            return nil
        } catch {
            return finish(call.request, route, started, .failure(error))
        }
    }

    /// For ``HTTPServer``'s `immediate`: nil when the request's route has to be awaited.
    func immediateAnswer(_ request: HTTPServerRequest) -> HTTPServerAnswer? {
        switch match(request) {
        case .route(let route):
            let started = now()
            do {
                guard let answer = try immediateAnswer(request, of: route) else { return nil }
                return finish(request, route, started, .success(answer))
            } catch {
                return finish(request, route, started, .failure(error))
            }
        case .none(let failure, let allowed):
            var answer = Answer(failure.response)
            if let allowed { answer = answer.with("Allow", allowed) }
            return finish(request, nil, now(), .success(answer))
        }
    }

    /// For ``HTTPServer``'s `handler`.
    func answer(_ request: HTTPServerRequest) async -> HTTPServerAnswer {
        guard case .route(let route) = match(request), let handle = route.handler.asynchronous else {
            return immediateAnswer(request) ?? .reset
        }
        let started = now()
        let outcome: Result<Answer, any Error>
        do {
            outcome = .success(try await handle(try admitted(request, to: route)))
        } catch {
            outcome = .failure(error)
        }
        return finish(request, route, started, outcome)
    }

    private func immediateAnswer(_ request: HTTPServerRequest, of route: Route) throws -> Answer? {
        switch route.handler {
        case .immediate(let handle): try handle(admitted(request, to: route))
        case .atOnce(let handle, otherwise: _): try handle(admitted(request, to: route))
        case .asynchronous: nil
        }
    }

    private func admitted(_ request: HTTPServerRequest, to route: Route) throws -> Call {
        let call = Call(request: request)
        switch route.access {
        case .anyone: break
        case .restaurant: guard call.restaurantKey != nil else { throw Problem.badKey }
        case .gateway, .user: try access.checkGateway(request.headers)
        case .transactions: try access.checkCallback(request.query.first { $0.name == APIAccess.tokenName }?.value)
        }
        return call
    }

    /// `HEAD` is answered as `GET`; the server leaves out the body.
    private func match(_ request: HTTPServerRequest) -> Match {
        guard let routes = byPath[request.pathSegments] else {
            return .none(
                HTTPFailure(status: 404, code: "not_found", message: "this path does not exist"), allowed: nil)
        }
        let method = request.method == "HEAD" ? "GET" : request.method
        if let route = routes.first(where: { $0.method == method }) { return .route(route) }
        let allowed = routes.map(\.method).flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }.joined(separator: ", ")
        return .none(
            HTTPFailure(status: 405, code: "method_not_allowed", message: "this path supports only \(allowed)"),
            allowed: allowed)
    }

    private func finish(
        _ request: HTTPServerRequest, _ route: Route?, _ started: Instant, _ outcome: Result<Answer, any Error>
    ) -> HTTPServerAnswer {
        let answer: Answer
        switch outcome {
        case .success(let given): answer = given
        case .failure(let error): answer = Answer(failing: error)
        }
        let ended = now()
        self.ended(
            RequestRecord(
                at: ended, method: route?.method ?? "any", route: route?.path ?? "none",
                status: answer.response.status, seconds: max(0, ended.seconds(since: started)),
                requestID: request.headers["X-Request-Id"].flatMap { Identifier.isValid($0) ? $0 : nil },
                clientID: answer.clientID, failure: answer.failure))
        return .response(answer.response)
    }
}
