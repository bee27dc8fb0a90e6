import HTTPKit
package import Ordering
package import OrderingAPI
import OrderingCore
package import Payments

extension ServiceUnreachable: ProblemConvertible {
    package var problem: Problem {
        Problem(.partner, "service_unavailable", "the service \(service.rawValue) does not answer")
    }
}

extension HTTPOrderingClient.Unanswered: ProblemConvertible {
    package var problem: Problem {
        Problem(.partner, isUnsent ? "server_unreachable" : "no_answer", message)
    }
}

extension APIFailure: ProblemConvertible {
    package var problem: Problem { Problem(kind, failure.code, failure.message) }

    private var kind: Problem.Kind {
        switch failure.status {
        case 401, 403: .unauthenticated
        case 404: .notFound
        case 409, 412: .conflict
        case 422: failure.code == "key_reused" ? .conflict : .negative
        case 500: .defect
        case 503: .partner
        case 504: .pending
        default: .invalid
        }
    }
}
