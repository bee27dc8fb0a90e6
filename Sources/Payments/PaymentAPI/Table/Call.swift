import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import Payments

/// One request to a route, with its parameters read as the table declares them.
struct Call: Sendable {
    let request: HTTPServerRequest

    /// - Throws: ``WireError`` when a required one is missing, or when it is repeated: two readers could choose
    ///   differently.
    func text(_ parameter: Parameter) throws(WireError) -> String? {
        let values =
            switch parameter.place {
            case .query: request.query.filter { $0.name == parameter.name }.map(\.value)
            case .header: request.headers.values(parameter.name)
            }
        guard values.count <= 1 else { throw WireError(field: parameter.name, problem: "given more than once") }
        guard let value = values.first else {
            guard !parameter.isRequired else { throw WireError(field: parameter.name, problem: "missing") }
            return nil
        }
        return value
    }

    func required(_ parameter: Parameter) throws(WireError) -> String {
        guard let text = try text(parameter) else { throw WireError(field: parameter.name, problem: "missing") }
        return text
    }

    func identifier(_ parameter: Parameter) throws(WireError) -> String? {
        guard let text = try text(parameter) else { return nil }
        return try WireField.identifier(text, parameter.name)
    }

    func requiredIdentifier(_ parameter: Parameter) throws(WireError) -> String {
        try WireField.identifier(try required(parameter), parameter.name)
    }

    /// One of a closed set of words.
    func word<Word: RawRepresentable>(_ parameter: Parameter, as type: Word.Type) throws(WireError) -> Word?
    where Word.RawValue == String {
        guard let text = try text(parameter) else { return nil }
        guard let word = Word(rawValue: text) else {
            throw WireError(field: parameter.name, problem: "not an allowed value")
        }
        return word
    }

    /// ``Parameter/wait``; 0 without it.
    func waitSeconds() throws(WireError) -> Double {
        guard let text = try text(.wait) else { return 0 }
        guard let seconds = Int(text), (0...Parameter.maximumWaitSeconds).contains(seconds) else {
            throw WireError(field: Parameter.wait.name, problem: "not 0 to \(Parameter.maximumWaitSeconds)")
        }
        return Double(seconds)
    }

    /// ``Parameter/idempotencyKey``, combined with this request's body.
    func requestKey(scope: String) throws -> RequestKey? {
        try text(.idempotencyKey).map { try RequestKey($0, scope: scope, body: request.body) }
    }

    /// The body as JSON.
    func json<Body: Decodable>(_ type: Body.Type) throws(WireError) -> Body {
        try WireJSON.decode(type, from: request.body)
    }

    /// The restaurant's API key, as sent; not yet verified.
    var restaurantKey: String? {
        if let key = request.headers[APIAccess.restaurantHeader] { return key }
        guard let authorization = request.headers["Authorization"] else { return nil }
        let scheme = "bearer "
        guard authorization.prefix(scheme.count).lowercased() == scheme else { return nil }
        return String(authorization.dropFirst(scheme.count).drop { $0 == " " })
    }
}
