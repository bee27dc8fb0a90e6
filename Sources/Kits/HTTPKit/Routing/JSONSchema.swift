package import JSONKit

/// JSON Schema (2020-12) as used in the OpenAPI document, limited to the keywords that our messages need.
package struct JSONSchema: Sendable {
    package let json: JSONValue

    package init(json: JSONValue) { self.json = json }

    /// A string; limits count characters.
    package static func string(
        _ about: String = "", pattern: String? = nil, from minimum: Int = 0, to maximum: Int? = nil
    ) -> JSONSchema {
        var members: [(name: String, value: JSONValue)] = [("type", "string")]
        if let pattern { members.append(("pattern", .string(pattern))) }
        if minimum > 0 { members.append(("minLength", .integer(minimum))) }
        if let maximum { members.append(("maxLength", .integer(maximum))) }
        return JSONSchema(json: described(.members(members), about))
    }

    /// One of a closed set of words.
    package static func word(_ words: [String], _ about: String = "") -> JSONSchema {
        JSONSchema(json: described(["type": "string", "enum": .array(words.map(JSONValue.string))], about))
    }

    package static func integer(_ about: String = "", in range: ClosedRange<Int>) -> JSONSchema {
        JSONSchema(
            json: described(
                ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)],
                about))
    }

    package static func boolean(_ about: String) -> JSONSchema {
        JSONSchema(json: described(["type": "boolean"], about))
    }

    package static func array(of element: JSONSchema, to maximum: Int? = nil) -> JSONSchema {
        let limit: JSONValue = maximum.map { ["maxItems": .integer($0)] } ?? [:]
        return JSONSchema(json: JSONValue.members([("type", "array"), ("items", element.json)]).merging(limit))
    }

    /// An object; members are always present unless named in `optional`.
    package static func object(
        _ members: KeyValuePairs<String, JSONSchema>, optional: Set<String> = []
    ) -> JSONSchema {
        let required = members.map(\.key).filter { !optional.contains($0) }
        return JSONSchema(
            json: [
                "type": "object", "required": .array(required.map(JSONValue.string)),
                "properties": .members(members.map { ($0.key, $0.value.json) }),
            ])
    }

    /// Any of several.
    package static func either(_ schemas: JSONSchema...) -> JSONSchema {
        JSONSchema(json: ["anyOf": .array(schemas.map(\.json))])
    }

    /// A decimal as JSON number.
    package static let number = JSONSchema(json: ["type": "number"])

    private static func described(_ json: JSONValue, _ about: String) -> JSONValue {
        about.isEmpty ? json : json.merging(["description": .string(about)])
    }
}

/// A message with a known form: the schema is declared with the type that is read and written.
package protocol JSONMessage: Sendable {
    static var schema: JSONSchema { get }
}
