package import HTTPKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

extension RequestRecord {
    /// One line of JSON, without its newline.
    package var json: String {
        var members: [(name: String, value: JSONValue)] = [
            ("at", .string(at.rfc3339)), ("event", "request"), ("method", .string(method)), ("route", .string(route)),
            ("status", .integer(status)), ("us", .integer(Int(seconds * 1_000_000))),
        ]
        if let requestID, Identifier.isValid(requestID) { members.append(("request_id", .string(requestID))) }
        if let subject { members.append(("client_id", .string(subject))) }
        if let reason {
            members.append(("code", .string(reason.code)))
            // A client error may quote the client's input; for our own errors operators need the details.
            if status >= 500 { members.append(("error", .string(reason.message))) }
        }
        return JSONValue.members(members).compact
    }

    /// Why the request was refused, for operators; never sent.
    package var reason: (code: String, message: String)? {
        failure.map { error in
            if let failure = HTTPFailure(refusing: error) { return (failure.code, failure.message) }
            let problem = Problem(error)
            return (problem.code, problem.message)
        }
    }
}
