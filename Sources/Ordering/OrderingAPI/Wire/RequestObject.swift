import HTTPKit
import JSONKit
import OrderingCore

/// The JSON object of a request's body.
struct RequestObject: Sendable {
    private let object: JSONObject

    static let maximumBytes = 16 << 10

    /// - Parameter known: the members that it may have; nil for any, the others are not read.
    /// - Throws: ``JSONKit/FieldError``.
    init(_ bytes: [UInt8], known: [String]?) throws(FieldError) {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes, as: .interoperable)
        } catch {
            throw FieldError(field: "", problem: error.message(in: bytes))
        }
        guard let object = json.object else { throw FieldError(field: "", problem: "not an object") }
        if let known, let other = object.members.first(where: { !known.contains($0.name) }) {
            throw FieldError(field: String(other.name.prefix(64)), problem: "unknown")
        }
        self.object = object
    }

    /// - Throws: ``JSONKit/FieldError`` when it is missing, or not a text.
    func text(_ name: String) throws(FieldError) -> String {
        guard let text = try optionalText(name) else { throw FieldError(field: name, problem: "missing") }
        return text
    }

    /// Nil where it is left out or null.
    func optionalText(_ name: String) throws(FieldError) -> String? {
        switch object[name] as JSONValue? {
        case nil, .null: return nil
        case .string(let text): return text
        default: throw FieldError(field: name, problem: "of the wrong type")
        }
    }

    /// - Throws: ``JSONKit/FieldError`` for anything but an amount of at least `least`.
    func money(_ name: String, atLeast least: Money = .minorUnit) throws(FieldError) -> Money {
        try Money(object[name], field: name, atLeast: least)
    }
}

extension RequestObject {
    /// A body with only the members of a schema.
    static func input<Value: Sendable>(
        _ members: KeyValuePairs<String, JSONSchema>, optional: Set<String> = [],
        _ read: @escaping @Sendable (RequestObject) throws -> Value
    ) -> RouteInput<Value> {
        let known = members.map(\.key)
        return .body(.object(members, optional: optional), maximumBytes: maximumBytes) { bytes in
            try read(try RequestObject(bytes, known: known))
        }
    }
}

extension RouteOutput where Value == JSONValue {
    /// A 200 with JSON; numbers keep their digits.
    static func value(
        _ summary: String, _ schema: JSONSchema, headers: [RouteOutputForm.Header] = []
    ) -> RouteOutput {
        RouteOutput(
            form: RouteOutputForm(
                summary: summary, contentType: "application/json", schema: schema, headers: headers)
        ) { HTTPResponse(json: Array($0.compact.utf8)) }
    }
}
