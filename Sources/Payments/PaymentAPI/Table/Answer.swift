import HTTPKit
import JSONKit
import PaymentPartners
import Payments

/// A route's response, and additional information for the log.
struct Answer: Sendable {
    var response: HTTPResponse
    /// The requesting restaurant.
    var clientID: String?
    /// The error, for operators; never sent.
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

    /// The single mapping from errors to responses. Details of our own and partners' errors go to operators, not to
    /// clients.
    init(failing error: any Error) {
        let problem = (error as? WireError).map { Problem(.invalid, "bad_request", $0.description) } ?? Problem(error)
        let message =
            switch problem.kind {
            // Another store in its place does not know the request.
            case .store where problem.code == "store_replaced": "the store is unavailable"
            case .store: "the store is unavailable; send the same request again, it has its effect once"
            case .system: "the server lacks a resource it needs; its operators have been notified"
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
