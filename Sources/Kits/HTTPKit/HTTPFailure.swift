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
        let json = #"{"code":\#(JSONValue.quoted(code)),"message":\#(JSONValue.quoted(message))}"#
        return HTTPResponse(
            status: status, headers: HTTPHeaders([("Content-Type", "application/json")]), body: Array(json.utf8))
    }

    static func badRequest(_ message: String) -> HTTPFailure {
        HTTPFailure(status: 400, code: "bad_request", message: message)
    }
}
