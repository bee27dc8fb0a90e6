package import HTTPKit
import JSONKit
import Ordering
import OrderingCore
import SQLKit
import SigningKit

/// An error response of the ordering system, with the header fields that belong to it.
package struct APIFailure: Error, Hashable, Sendable {
    package var failure: HTTPFailure
    var headers: [HTTPHeaders.Field] = []

    init(_ status: Int, _ code: String, _ message: String, headers: [HTTPHeaders.Field] = []) {
        failure = HTTPFailure(status: status, code: code, message: message)
        self.headers = headers
    }

    static let noToken = APIFailure(
        401, "unauthorized", "log in first: the token is missing, wrong or expired",
        headers: [HTTPHeaders.Field(name: "WWW-Authenticate", value: "Bearer")])
}

extension APIFailure {
    /// The single mapping from errors to responses. Details of our own errors go to operators, not to clients.
    package init(refusing error: any Error) {
        switch error {
        case let error as APIFailure: self = error
        case is PasswordThreads.Busy:
            self.init(503, "busy", "too many logins at once; try again")
        case is Scrypt.OutOfMemory:
            self.init(503, "out_of_memory", "the server lacks memory; try again")
        case let error as ServiceUnreachable:
            self.init(
                503, "service_unavailable", "the service \(error.service.rawValue) does not answer; try again")
        case is SQLError:
            self.init(503, "store_unavailable", "the store is unavailable; look at what has happened before you repeat")
        case is CancellationError:
            self.init(503, "stopping", "the server stops; look at what has happened before you repeat")
        default:
            let failure = HTTPFailure(refusing: error)
            self.init(failure?.status ?? 500, failure?.code ?? "internal_error", failure?.message ?? "unexpected")
        }
    }

    package var response: HTTPResponse {
        var response = failure.response
        for field in headers { response.headers.add(field.name, field.value) }
        if failure.status == 503 { response.headers.add("Retry-After", "1") }
        return response
    }
}

/// For operators: why a request was refused.
package enum RefusalReason {
    package static func text(_ error: any Error) -> (code: String, message: String) {
        let failure = APIFailure(refusing: error).failure
        switch error {
        case let error as SQLError: return (failure.code, error.message)
        case is APIFailure, is HTTPFailure, is FieldError: return (failure.code, failure.message)
        default: return (failure.code, "\(error)")
        }
    }
}
