import HTTPKit
import JSONKit
import PaymentPartners
import WorldKit

/// What the routes of the partners and of the control API share.
enum SandboxRoute {
    static let maximumJSONBytes = 1 << 20

    /// A JSON body.
    static func json<Body: Decodable & Sendable>(_ type: Body.Type) -> RouteInput<Body> {
        .json(type, maximumBytes: maximumJSONBytes)
    }

    /// A text in the path.
    static func text(_ name: String) -> RouteInput<String> { RouteField(name, in: .path).text }

    /// An identifier in the path.
    static func identifier(_ name: String) -> RouteInput<String> {
        RouteField(name, in: .path).required { text throws(FieldError) in try WireField.identifier(text, name) }
    }

    /// A positive number in the path.
    static func number(_ name: String) -> RouteInput<Int> {
        RouteField(name, in: .path).integer(in: 1 ... .max)
    }

    /// A text in the query, which may be left out.
    static func query(_ name: String) -> RouteInput<String?> {
        RouteField(name).optional { text throws(FieldError) in text }
    }

    /// A time in the query, which may be left out.
    static func instant(_ name: String) -> RouteInput<Instant?> {
        RouteField(name).optional { text throws(FieldError) in try WireField.instant(text, name) }
    }

    /// Refuses a body whose subject differs from the path's.
    static func confirm(_ id: String, is pathID: String, _ field: String) throws(FieldError) {
        guard id == pathID else { throw FieldError(field: field, problem: "differs from the path") }
    }

    static func router(_ routes: [Route], now: @escaping @Sendable () -> Instant) -> Router {
        Router(routes, now: now, refuse: { error, _ in refusal(error) })
    }

    private static func refusal(_ error: any Error) -> HTTPServerAnswer {
        switch error {
        case let refusal as PartnerRefusal:
            failure(HTTPFailure(status: refusal.status, code: refusal.code, message: refusal.message))
        case is LostAnswer, is CancellationError: .reset
        default:
            failure(
                HTTPFailure(refusing: error)
                    ?? HTTPFailure(status: 500, code: "internal", message: "the sandbox cannot keep its state"))
        }
    }

    private static func failure(_ failure: HTTPFailure) -> HTTPServerAnswer { .response(failure.response) }
}

/// The connection breaks after the effect, as the card ``Card/lost`` has it.
struct LostAnswer: Error {}
