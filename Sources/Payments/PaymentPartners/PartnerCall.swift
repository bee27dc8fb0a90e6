import HTTPKit
import JSONKit

/// What all partner clients share: build a request, send it, tell a usable response from everything else.
struct PartnerCall: Sendable {
    let partner: Partner
    let endpoint: PartnerEndpoint
    let transport: any HTTPTransport

    /// One exchange, with its path below the partner's base URL.
    struct Request: Sendable {
        var method = "GET"
        var path: [String]
        var query: [URLQuery.Item] = []
        var headers = HTTPHeaders()
        var body: [UInt8] = []
        /// A longer response is malformed.
        var maximumResponseBytes = 1 << 20

        /// Describes the exchange for display; without the query, which may carry signatures.
        var action: String { "\(method) \(URLPath.encode(path))" }
    }

    /// Sends `request` and returns its response if that is a 2xx.
    /// - Throws: ``PartnerError``; `CancellationError` when the task was canceled.
    func exchange(_ request: Request) async throws -> HTTPResponse {
        let response: HTTPResponse
        do {
            response = try await transport.send(
                HTTPRequest(
                    method: request.method, url: endpoint.url(request.path, query: request.query),
                    headers: request.headers, body: request.body, timeoutSeconds: endpoint.timeoutSeconds,
                    maximumResponseBytes: request.maximumResponseBytes))
        } catch let error as HTTPTransportError {
            throw self.error(Self.code(of: error.code), request, "\(error.message) (\(error.place))")
        }
        guard response.body.count <= request.maximumResponseBytes else {
            throw error(.malformed, request, "the answer is longer than \(request.maximumResponseBytes) bytes")
        }
        guard (200..<300).contains(response.status) else { throw refusal(response, to: request) }
        return response
    }

    /// Fetches a JSON resource; nil when the partner reports that it does not exist (404 with a code of its own).
    func fetch<Answer: Decodable>(
        _ type: Answer.Type, _ path: [String], query: [URLQuery.Item] = []
    ) async throws -> Answer? {
        var request = Request(path: path, query: query)
        request.headers["Accept"] = "application/json"
        do {
            return try decode(type, from: try await exchange(request), to: request)
        } catch let error as PartnerError where error.isKnownNotFound {
            return nil
        }
    }

    /// Requests an effect, under an idempotency key, and decodes the response.
    func perform<Answer: Decodable>(
        _ method: String, _ path: [String], sending body: some Encodable, key: String, answer type: Answer.Type
    ) async throws -> Answer {
        var request = Request(method: method, path: path)
        request.headers["Accept"] = "application/json"
        request.headers["Content-Type"] = "application/json"
        request.headers["Idempotency-Key"] = key
        request.body = try JSON.message(body)
        return try decode(type, from: try await exchange(request), to: request)
    }

    /// Refuses a response about something other than what was requested.
    /// - Throws: ``PartnerError`` `malformed`.
    func confirm(_ isAboutTheSame: Bool, _ action: String) throws {
        guard isAboutTheSame else {
            throw PartnerError(
                partner: partner, code: .malformed, action: action, message: "the answer is about something else")
        }
    }

    /// Refuses a response that contradicts the request it answers.
    /// - Throws: ``PartnerError`` `contradiction`.
    func agree(_ isAgreed: Bool, _ action: String, _ message: @autoclosure () -> String) throws {
        guard !isAgreed else { return }
        throw PartnerError(partner: partner, code: .contradiction, action: action, message: message())
    }

    /// Runs a conversion from wire to domain; its errors become malformed.
    func convert<Value>(_ action: String, _ conversion: () throws(FieldError) -> Value) throws -> Value {
        do {
            return try conversion()
        } catch {
            throw PartnerError(partner: partner, code: .malformed, action: action, message: "\(error)")
        }
    }

    func error(_ code: PartnerError.Code, _ request: Request, _ message: String) -> PartnerError {
        PartnerError(partner: partner, code: code, action: request.action, message: message)
    }

    private func decode<Answer: Decodable>(
        _ type: Answer.Type, from response: HTTPResponse, to request: Request
    ) throws -> Answer {
        try convert(request.action) { () throws(FieldError) in try JSON.message(type, from: response.body) }
    }

    /// 4xx is a rejection, except for those that do not concern the request itself: 408, 425 and 429 mean "try again".
    private func refusal(_ response: HTTPResponse, to request: Request) -> PartnerError {
        switch response.status {
        case 408, 425, 429, 500...:
            return error(.serverError(status: response.status), request, "answered \(response.status)")
        case 400..<500:
            let problem = PartnerProblem(untrusted: response.body, status: response.status)
            return error(.rejected(status: response.status, code: problem.code), request, problem.message)
        default:
            return error(.malformed, request, "unexpected status \(response.status)")
        }
    }

    private static func code(of code: HTTPTransportError.Code) -> PartnerError.Code {
        switch code {
        case .invalidURL, .cannotConnect, .insecure: .unreachable
        case .timedOut: .timedOut
        case .connectionLost, .other: .interrupted
        case .responseTooLarge: .malformed
        }
    }
}

extension PartnerError {
    /// Any 404.
    var isNotFound: Bool {
        if case .rejected(status: 404, _) = code { true } else { false }
    }

    /// A 404 with the partner's own code. One without means that the route does not exist, which says nothing about the
    /// resource.
    fileprivate var isKnownNotFound: Bool {
        if case .rejected(status: 404, let code) = code { code != "http_404" } else { false }
    }
}
