import HTTPKit

/// Responds to requests from a script, in order, and records the requests.
actor ScriptedTransport: HTTPTransport {
    enum Step: Sendable {
        case answer(HTTPResponse)
        case failure(HTTPTransportError.Code)

        static func json(_ text: String, status: Int = 200) -> Step {
            .answer(
                HTTPResponse(
                    status: status, headers: HTTPHeaders([("Content-Type", "application/json")]), body: Array(text.utf8)
                ))
        }
    }

    private var script: [Step]
    private(set) var sent: [HTTPRequest] = []

    init(_ script: Step...) { self.script = script }

    init(_ script: [Step]) { self.script = script }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        sent.append(request)
        guard !script.isEmpty else {
            throw HTTPTransportError(code: .other, place: request.url, message: "the script has ended")
        }
        switch script.removeFirst() {
        case .answer(let response): return response
        case .failure(let code): throw HTTPTransportError(code: code, place: "http://partner/", message: "scripted")
        }
    }
}
