import HTTPKit
import JSONKit
import Payments

extension HTTPResponse {
    /// The single mapping from errors to responses. Details of our own and partners' errors go to operators, not to
    /// clients.
    init(refusing error: any Error) {
        let failure = HTTPFailure(refusing: error) ?? Problem(error).failure
        self = failure.response
        if failure.status == 401 { headers.add("WWW-Authenticate", "Bearer") }
        if failure.status == 503 { headers.add("Retry-After", "1") }
    }
}

extension Problem {
    /// What a client gets to see of it.
    fileprivate var failure: HTTPFailure {
        let message =
            switch kind {
            // Another store in its place does not know the request.
            case .store where code == "store_replaced": "the store is unavailable"
            case .store: "the store is unavailable; send the same request again, it has its effect once"
            case .system: "the server lacks a resource it needs; its operators have been notified"
            case .partner: "a partner failed or did not answer in time"
            case .unwritten, .defect: "unexpected"
            case .invalid, .notFound, .conflict, .unauthenticated, .forbidden, .pending, .negative: message
            }
        return HTTPFailure(status: kind.httpStatus, code: code, message: message)
    }
}

extension Problem.Kind {
    var httpStatus: Int {
        switch self {
        case .invalid: 400
        case .unauthenticated: 401
        case .forbidden: 403
        case .notFound: 404
        case .conflict, .negative: 409
        case .partner: 502
        case .store, .system, .pending: 503
        case .unwritten, .defect: 500
        }
    }
}
