import HTTPKit
import MessagingKit
import Ordering
import OrderingAPI
import OrderingCore
import Payments

extension Problem {
    /// The problem that an error of the ordering system or of its broker is; nil for every other error.
    init?(ordering error: any Error) {
        switch error {
        case let error as BrokerError: self.init(error)
        case let error as StyleDiffers: self.init(error)
        case let error as ServiceUnreachable:
            self.init(.partner, "service_unavailable", "the service \(error.service.rawValue) does not answer")
        case let error as APIFailure: self.init(error)
        case let error as HTTPOrderingClient.Unanswered:
            self.init(.partner, error.isUnsent ? "server_unreachable" : "no_answer", error.message)
        default: return nil
        }
    }

    private init(_ error: BrokerError) {
        let (kind, code): (Kind, String) =
            switch error.code {
            case .unreachable: (.partner, "broker_unreachable")
            case .blocked: (.partner, "broker_blocked")
            case .denied: (.unauthenticated, "broker_denied")
            case .mismatch: (.conflict, "topology_differs")
            case .missing, .canceled: (.notFound, "broker_lacks_queue")
            case .library: (.system, "library_missing")
            case .closed, .other: (.partner, "broker_failed")
            }
        self.init(kind, code, error.message)
    }

    private init(_ error: StyleDiffers) {
        let reason =
            switch error.reason {
            case .unfinished(let count): "\(count) tasks, messages or orders of that style are unfinished"
            case .inUse: "another process uses the stores"
            }
        self.init(
            .conflict, "style_differs",
            "the store of \(error.service.rawValue) is used with the style \(error.recorded.rawValue), "
                + "not \(error.wanted.rawValue): \(reason)",
            hint: "finish the work with --style \(error.recorded.rawValue) first, or name other stores with --stores")
    }

    private init(_ error: APIFailure) {
        let failure = error.failure
        let kind: Kind =
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
        self.init(kind, failure.code, failure.message)
    }
}
