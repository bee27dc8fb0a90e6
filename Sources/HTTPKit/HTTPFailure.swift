/// An error as every server of ours answers it: `{"code":"not_found","message":"…"}`.
package struct HTTPFailure: Error, Hashable, Sendable {
    package var status: Int
    /// A stable word.
    package var code: String
    /// For people; may change.
    package var message: String

    package init(status: Int, code: String, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    package var response: HTTPResponse {
        let json = #"{"code":\#(Self.quoted(code)),"message":\#(Self.quoted(message))}"#
        return HTTPResponse(
            status: status, headers: HTTPHeaders([("Content-Type", "application/json")]), body: Array(json.utf8))
    }

    static func badRequest(_ message: String) -> HTTPFailure {
        HTTPFailure(status: 400, code: "bad_request", message: message)
    }

    /// A JSON string (RFC 8259, section 7).
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\u{0}"..."\u{1F}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
