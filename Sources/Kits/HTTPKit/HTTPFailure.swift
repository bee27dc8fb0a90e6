import JSONKit

/// An error response: `{"code":"not_found","message":"…"}`.
package struct HTTPFailure: Error, Hashable, Sendable {
    package var status: Int
    /// A stable identifier.
    package var code: String
    /// For people; may change.
    package var message: String

    package init(status: Int, code: String, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    package var response: HTTPResponse {
        let json: JSONValue = ["code": .string(code), "message": .string(message)]
        return HTTPResponse(
            status: status, headers: HTTPHeaders([("Content-Type", "application/json")]),
            body: Array(json.compact.utf8))
    }

    /// How an error of this module's is answered: one of its own as it says, a request that does not fit with 400; nil
    /// for every other error.
    package init?(refusing error: any Error) {
        switch error {
        case let failure as HTTPFailure: self = failure
        case let error as FieldError: self = .badRequest(error.description)
        default: return nil
        }
    }

    static func badRequest(_ message: String) -> HTTPFailure {
        HTTPFailure(status: 400, code: "bad_request", message: message)
    }
}
