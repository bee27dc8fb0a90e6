package import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import Payments

/// The connection to a server of this API: an error response becomes the server's ``Problem``.
package struct APIConnection: Sendable {
    private let baseURL: String
    private let transport: any HTTPTransport
    private let timeoutSeconds: Double

    /// - Parameters:
    ///   - url: the server's address, `http://host:port`, optionally with a path.
    ///   - timeoutSeconds: for one exchange, in addition to the wait requested from the server.
    package init(url: String, transport: any HTTPTransport, timeoutSeconds: Double = 10) {
        baseURL = BaseURL.trimmed(url)
        self.transport = transport
        self.timeoutSeconds = timeoutSeconds
    }

    /// One exchange.
    struct Request: Sendable {
        var method = "GET"
        var path: String
        var query: [URLQuery.Item] = []
        var headers = HTTPHeaders()
        var body: [UInt8] = []
        /// How long the server may wait for changes.
        var waitSeconds = 0.0
        /// A limit for the whole exchange; nil for the connection's own limit.
        var withinSeconds: Double?

        /// The text for an unusable response; a read has no outcome.
        fileprivate var unknown: String { method == "GET" ? "" : "; the outcome is unknown" }
    }

    /// A response's value, and its header fields.
    struct Answer<Value: Sendable>: Sendable {
        var value: Value
        var headers: HTTPHeaders
    }

    /// - Throws: ``Problem`` with the server's own code for an error response; of kind `partner` when there is no
    ///   usable response: the outcome of anything but a read is then unknown unless the code is `server_unreachable`.
    func ask<Value: Decodable & Sendable>(_ request: Request, for type: Value.Type) async throws -> Answer<Value> {
        var headers = request.headers
        headers["Accept"] = "application/json"
        if !request.body.isEmpty { headers["Content-Type"] = "application/json" }
        let query = request.query.isEmpty ? "" : "?" + URLQuery.build(request.query)
        let limit = timeoutSeconds + request.waitSeconds
        let response: HTTPResponse
        do {
            response = try await transport.send(
                HTTPRequest(
                    method: request.method, url: baseURL + request.path + query, headers: headers, body: request.body,
                    timeoutSeconds: min(limit, request.withinSeconds ?? limit)))
        } catch let error as HTTPTransportError {
            throw Problem(error, of: request)
        }
        guard (200..<300).contains(response.status) else { throw Problem(refusal: response, of: request) }
        do {
            return Answer(value: try JSON.message(type, from: response.body), headers: response.headers)
        } catch {
            throw Problem(
                .partner, "not_a_server",
                "the answer to \(request.method) \(request.path) is not a qrpay server's: \(error)",
                next: .checkServerAddress)
        }
    }

    /// Runs a conversion from wire to domain; its errors become an unusable response.
    static func convert<Value>(_ conversion: () throws(FieldError) -> Value) throws -> Value {
        do {
            return try conversion()
        } catch {
            throw Problem(.partner, "not_a_server", "the server's answer cannot be used: \(error)")
        }
    }
}

extension Problem {
    fileprivate init(_ error: HTTPTransportError, of request: APIConnection.Request) {
        let (code, what) =
            switch error.code {
            case .invalidURL, .cannotConnect, .insecure: ("server_unreachable", "cannot be reached")
            case .timedOut: ("server_timed_out", "did not answer in time" + request.unknown)
            case .connectionLost, .responseTooLarge, .other:
                ("server_interrupted", "broke off its answer" + request.unknown)
            }
        self.init(
            .partner, code, "the server \(what): \(error.message) (\(error.place))",
            // Every request of these clients is keyed: a bill by its number, a payment by its order and guest.
            next: code == "server_unreachable" ? .checkServerAddress : .repeatCommand)
    }

    /// What an error status means to the caller.
    fileprivate init(refusal response: HTTPResponse, of request: APIConnection.Request) {
        let said = PartnerProblem(untrusted: response.body, status: response.status)
        // The code that a router uses for unknown routes.
        let isForeign = said.code == "http_\(response.status)" || said.code == "not_found"
        let kind: Problem.Kind? =
            switch response.status {
            case 408, 425, 429: .partner
            case 401: .unauthenticated
            case 403: .forbidden
            case 500...: .partner
            case _ where isForeign: nil
            case 404: .notFound
            case 409: .conflict
            case 400..<500: .invalid
            default: nil
            }
        guard let kind else {
            self.init(
                .partner, "not_a_server",
                "\(request.method) \(request.path) was answered with \(response.status), unlike a qrpay server",
                next: .checkServerAddress)
            return
        }
        let isTrouble = kind == .partner
        self.init(
            kind, said.code,
            isTrouble
                ? "the server answered \(response.status): \(said.message)\(request.unknown)" : said.message,
            next: kind == .unauthenticated ? .checkServerKey : isTrouble ? .repeatCommand : nil)
    }
}
