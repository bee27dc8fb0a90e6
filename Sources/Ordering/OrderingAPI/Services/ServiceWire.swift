import EncodingKit
import HTTPKit
import JSONKit
import Ordering
import OrderingCore
import SigningKit
import WorldKit

/// How a request of one service to another travels: the user in `X-User-Id`, other fields in the path, the query of a
/// `GET` and else the body; amounts in minor units.
enum ServiceWire {
    static let userHeader = "X-User-Id"
    static let requestHeader = "X-Request-Id"
    /// Microseconds since 1970.
    static let timeHeader = "X-Request-Time"
    static let traceHeader = "traceparent"

    /// Where the fields of a request are.
    struct Places {
        var path: [BodyForm.Member]
        var query: [BodyForm.Member]
        var body: [BodyForm.Member]
        var hasUser: Bool

        init(_ endpoint: Endpoint) {
            let names = endpoint.path.placeholders
            let user = Field.userID.name
            let members = endpoint.request.fields
            path = members.filter { names.contains($0.name) }
            hasUser = members.contains { $0.name == user }
            let rest = members.filter { !names.contains($0.name) && $0.name != user }
            query = endpoint.method == "GET" ? rest : []
            body = endpoint.method == "GET" ? [] : rest
        }
    }

    // MARK: Requests

    static func request(_ request: ServiceRequest, at url: String, key: String) -> HTTPRequest {
        let endpoint = request.endpoint
        let places = Places(endpoint)
        let values = Dictionary(
            uniqueKeysWithValues: (request.fields.object?.members ?? []).map { ($0.name, $0.value) })
        var path = endpoint.path.description
        for member in places.path {
            path = path.replacing("{\(member.name)}", with: PercentEncoding.encode(text(values[member.name])))
        }
        let query = places.query.compactMap { member in
            values[member.name].map { "\(member.name)=\(PercentEncoding.encode(text($0)))" }
        }
        var headers = HTTPHeaders([
            ("Authorization", "Bearer \(key)"), (requestHeader, request.id),
            (RequestRecord.correlationHeader, request.correlationID), (timeHeader, "\(request.time.microseconds)"),
        ])
        if let trace = request.traceParent { headers.add(traceHeader, trace) }
        if let user = request.fields[.userID] { headers.add(userHeader, user) }
        var body: [UInt8] = []
        if !places.body.isEmpty {
            headers.add("Content-Type", "application/json")
            body =
                JSONValue.members(places.body.compactMap { member in values[member.name].map { (member.name, $0) } })
                .canonical
        }
        let mark = query.isEmpty ? "" : "?\(query.joined(separator: "&"))"
        return HTTPRequest(
            method: endpoint.method, url: "\(BaseURL.trimmed(url))\(path)\(mark)", headers: headers, body: body)
    }

    private static func text(_ value: JSONValue?) -> String {
        switch value {
        case .string(let text), .number(let text): text
        default: ""
        }
    }

    // MARK: Answers

    static func response(_ answer: ServiceAnswer, to endpoint: Endpoint) -> HTTPResponse {
        let json: JSONValue
        if (200...299).contains(answer.status) {
            json = endpoint.isList ? .array(answer.rows.map(\.value)) : answer.fields.value
        } else {
            json = [
                "code": .string(answer.code ?? "refused"), "message": .string(AnswerWords.message(answer.code ?? "")),
                "fields": answer.fields.value,
            ]
        }
        var response = HTTPResponse(json: Array(json.compact.utf8))
        response.status = answer.status
        return response
    }

    /// - Throws: ``JSONKit/FieldError`` for anything that is not an answer of a service.
    static func answer(_ response: HTTPResponse, to endpoint: Endpoint) throws(FieldError) -> ServiceAnswer {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: response.body, as: .interoperable)
        } catch {
            throw FieldError(field: "", problem: error.message(in: response.body))
        }
        guard (200...299).contains(response.status) else {
            guard let object = json.object, case .string(let code)? = object["code"] as JSONValue? else {
                throw FieldError(field: "code", problem: "missing")
            }
            let fields = try (object["fields"] as JSONValue?).map { value throws(FieldError) in try FieldSet(value) }
            return ServiceAnswer(response.status, fields ?? FieldSet(), code: String(code.prefix(100)))
        }
        guard endpoint.isList else { return ServiceAnswer(response.status, try FieldSet(json)) }
        guard case .array(let elements) = json else { throw FieldError(field: "", problem: "not a list") }
        var rows: [FieldSet] = []
        for element in elements { rows.append(try FieldSet(element)) }
        return ServiceAnswer(response.status, rows: rows)
    }
}

/// The key that the services of an installation authenticate to each other with: derived from its secret, so that it
/// says nothing of the secret, and is the same in all processes.
package enum ServiceKey {
    package static func derive(from secret: [UInt8]) -> String {
        Hex.encode(HMACSHA256.authenticate(Array("ordering services".utf8), key: secret))
    }
}

extension Endpoint {
    var isList: Bool {
        switch self {
        case .listOrders, .listNotifications, .listPushEvents: true
        default: false
        }
    }
}

extension FieldSet {
    /// Of any fields.
    init(_ value: JSONValue) throws(FieldError) { try self.init(value.canonical, as: .any) }

    var value: JSONValue { (try? JSONValue(parsing: json, as: .interoperable)) ?? [:] }
    fileprivate var object: JSONObject? { value.object }
}
