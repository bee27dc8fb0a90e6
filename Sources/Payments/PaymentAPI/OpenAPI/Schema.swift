import JSONKit
import PaymentCore
import Payments

/// JSON Schema (2020-12) as used in the OpenAPI document, limited to the keywords that our messages need.
struct Schema: Sendable {
    let json: JSONValue

    /// A string; limits count characters.
    static func string(
        _ about: String = "", pattern: String? = nil, from minimum: Int = 0, to maximum: Int? = nil
    ) -> Schema {
        var members: [(name: String, value: JSONValue)] = [("type", "string")]
        if let pattern { members.append(("pattern", .string(pattern))) }
        if minimum > 0 { members.append(("minLength", .integer(minimum))) }
        if let maximum { members.append(("maxLength", .integer(maximum))) }
        return Schema(json: described(.members(members), about))
    }

    /// An ``PaymentCore/Identifier``.
    static func identifier(_ about: String) -> Schema {
        string(about, pattern: "^[A-Za-z0-9._-]{1,\(Identifier.maximumLength)}$")
    }

    /// An amount as decimal text.
    static func amount(_ about: String) -> Schema { string(about, pattern: "^[0-9]+([.][0-9]+)?$") }

    /// An amount as decimal text that may be negative.
    static func signedAmount(_ about: String) -> Schema { string(about, pattern: "^-?[0-9]+([.][0-9]+)?$") }

    /// A share as text with a percent sign.
    static let percent = string("A share, such as 30% or 7.5%", pattern: "^[0-9]+([.][0-9]+)?%$")

    static let currency = string("ISO 4217", pattern: "^[A-Z]{3}$")

    /// One of a closed set of words.
    static func word(_ words: [String], _ about: String = "") -> Schema {
        Schema(json: described(["type": "string", "enum": .array(words.map(JSONValue.string))], about))
    }

    static func integer(_ about: String = "", in range: ClosedRange<Int>) -> Schema {
        Schema(
            json: described(
                ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)],
                about))
    }

    static func boolean(_ about: String) -> Schema { Schema(json: described(["type": "boolean"], about)) }

    static func array(of element: Schema, to maximum: Int? = nil) -> Schema {
        let limit: JSONValue = maximum.map { ["maxItems": .integer($0)] } ?? [:]
        return Schema(json: JSONValue.members([("type", "array"), ("items", element.json)]).merging(limit))
    }

    /// An object; members are always present unless named in `optional`.
    static func object(_ members: KeyValuePairs<String, Schema>, optional: Set<String> = []) -> Schema {
        let required = members.map(\.key).filter { !optional.contains($0) }
        return Schema(
            json: [
                "type": "object", "required": .array(required.map(JSONValue.string)),
                "properties": .members(members.map { ($0.key, $0.value.json) }),
            ])
    }

    /// Any of several.
    static func either(_ schemas: Schema...) -> Schema { Schema(json: ["anyOf": .array(schemas.map(\.json))]) }

    /// A decimal as JSON number.
    static let number = Schema(json: ["type": "number"])

    private static func described(_ json: JSONValue, _ about: String) -> JSONValue {
        about.isEmpty ? json : json.merging(["description": .string(about)])
    }
}
