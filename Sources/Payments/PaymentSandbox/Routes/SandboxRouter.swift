import HTTPKit
import JSONKit
import PaymentPartners

/// One request to a route.
struct SandboxCall: Sendable {
    static let maximumJSONBytes = 1 << 20

    let request: HTTPServerRequest
    let path: HTTPPathValues

    /// The body as JSON.
    func json<Body: Decodable>(_ type: Body.Type) throws -> Body {
        try WireJSON.decode(type, from: try boundedBody())
    }

    /// The body as received, unless it is longer than any JSON of ours.
    func boundedBody() throws(PartnerRefusal) -> [UInt8] {
        guard request.body.count <= Self.maximumJSONBytes else {
            throw PartnerRefusal(413, "body_too_large", "a body has at most \(Self.maximumJSONBytes) bytes")
        }
        return request.body
    }

    /// An identifier in the path.
    func identifier(_ name: String) throws -> String { try WireField.identifier(path[name], name) }

    /// A positive number in the path.
    func number(_ name: String) throws -> Int {
        guard let number = Int(path[name]), number >= 1 else {
            throw WireError(field: name, problem: "not a number from 1")
        }
        return number
    }

    /// Refuses a body whose subject differs from the path's.
    func confirm(_ id: String, is pathID: String, _ field: String) throws {
        guard id == pathID else { throw WireError(field: field, problem: "differs from the path") }
    }
}

/// The routes of all partners that use JSON, and how their errors are answered.
struct SandboxRouter: Sendable {
    private var router = HTTPRouter()

    mutating func on(
        _ method: String, _ pattern: String,
        _ handle: @escaping @Sendable (SandboxCall) async throws -> HTTPServerAnswer
    ) {
        router.on(method, pattern) { request, path in
            do {
                return try await handle(SandboxCall(request: request, path: path))
            } catch let refusal as PartnerRefusal {
                return Self.failure(refusal.status, refusal.code, refusal.message)
            } catch let error as WireError {
                return Self.failure(400, "bad_request", "\(error)")
            } catch is CancellationError {
                return .reset
            } catch {
                return Self.failure(500, "internal", "the sandbox cannot keep its state")
            }
        }
    }

    func answer(_ request: HTTPServerRequest) async -> HTTPServerAnswer { await router.answer(request) }

    private static func failure(_ status: Int, _ code: String, _ message: String) -> HTTPServerAnswer {
        .response(HTTPFailure(status: status, code: code, message: message).response)
    }
}

extension HTTPServerAnswer {
    /// A 200 with a value's JSON.
    static func json(_ value: some Encodable) throws -> HTTPServerAnswer {
        .response(
            HTTPResponse(
                status: 200, headers: HTTPHeaders([("Content-Type", "application/json")]),
                body: try WireJSON.encode(value)))
    }
}
