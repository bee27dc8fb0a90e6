import HTTPKit
import JSONKit
import PaymentPartners
import Payments

/// What a route answers, and what the log shall know besides.
struct Answer: Sendable {
    var response: HTTPResponse
    /// The restaurant that asked.
    var clientID: String?
    /// What went wrong, for operators; never sent.
    var failure: Problem?

    init(_ response: HTTPResponse, clientID: String? = nil) {
        self.response = response
        self.clientID = clientID
    }

    /// A 200 with JSON text.
    init(json: [UInt8], clientID: String? = nil) {
        let headers = HTTPHeaders([("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        self.init(HTTPResponse(status: 200, headers: headers, body: json), clientID: clientID)
    }

    /// A 200 with a value's JSON.
    init(_ value: some Encodable, clientID: String? = nil) throws(WireError) {
        self.init(json: try WireJSON.encode(value), clientID: clientID)
    }

    /// Adds a header field.
    func with(_ name: String, _ value: String) -> Answer {
        var answer = self
        answer.response.headers.add(name, value)
        return answer
    }

    /// The one way from errors to answers. What is ours or a partner's is told to operators, not to the world.
    init(failing error: any Error) {
        let problem = (error as? WireError).map { Problem(.invalid, "bad_request", $0.description) } ?? Problem(error)
        let message =
            switch problem.kind {
            // Another store in its place does not know the request.
            case .store where problem.code == "store_replaced": "the store cannot be used now"
            case .store: "the store cannot be used now; send the same request again, it has its effect once"
            case .system: "the server lacks what it needs; its operators are told"
            case .partner: "a partner failed or did not answer in time"
            case .unwritten, .defect: "unexpected"
            case .invalid, .notFound, .conflict, .unauthenticated, .forbidden, .pending, .negative: problem.message
            }
        let status = problem.kind.httpStatus
        response = HTTPFailure(status: status, code: problem.code, message: message).response
        if status == 401 { response.headers.add("WWW-Authenticate", "Bearer") }
        if status == 503 { response.headers.add("Retry-After", "1") }
        failure = problem
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
