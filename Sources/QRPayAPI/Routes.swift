import HTTPKit
import QRPayPartners
import QRPayServices

/// A router whose handlers throw, with one table from errors to HTTP statuses.
struct Routes: Sendable {
    private var router = HTTPRouter()

    mutating func on(
        _ method: String, _ pattern: String,
        _ handle: @escaping @Sendable (HTTPServerRequest, HTTPPathValues) async throws -> HTTPResponse
    ) {
        router.on(method, pattern) { request, path in
            do {
                return .response(try await handle(request, path))
            } catch let error as WireError {
                return Self.failure(400, "bad_request", "\(error)")
            } catch {
                let problem = Problem(error)
                return Self.failure(problem.kind.httpStatus, problem.code, problem.message)
            }
        }
    }

    func answer(_ request: HTTPServerRequest) async -> HTTPServerAnswer { await router.answer(request) }

    private static func failure(_ status: Int, _ code: String, _ message: String) -> HTTPServerAnswer {
        .response(HTTPFailure(status: status, code: code, message: message).response)
    }
}

extension Problem.Kind {
    var httpStatus: Int {
        switch self {
        case .invalid: 400
        case .forbidden: 403
        case .notFound: 404
        case .conflict, .negative: 409
        case .partner: 502
        case .store, .pending: 503
        case .defect: 500
        }
    }
}
