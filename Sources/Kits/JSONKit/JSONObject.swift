/// The members of a JSON object in textual order.
package struct JSONObject: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    package var members: [Member]

    package init(_ members: [Member] = []) { self.members = members }

    /// The value of a name; the last one if it is repeated, as in ECMAScript's `JSON.parse`.
    package subscript(_ name: String) -> JSONValue? { members.last { $0.name.hasSameBytes(as: name) }?.value }

    /// Adds a member at the end, unless it has no value.
    package mutating func add(_ name: String, _ value: JSONValue?) {
        if let value { members.append(Member(name: name, value: value)) }
    }
}

// MARK: - Objects of Swift values

/// `["task_id": "7", "attempts": 3, "error": nil]`: names unchanged, nil as `null`, every other value as it encodes
/// itself. A number that is not finite is `null`, as in ECMAScript's `JSON.stringify`.
extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, (any Encodable)?)...) {
        members = elements.map { Member(name: $0, value: Self.value($1)) }
    }

    /// The value of a name; setting it moves the member to the end.
    @_disfavoredOverload
    package subscript(_ name: String) -> (any Encodable)? {
        get { self[name] as JSONValue? }
        set {
            members.removeAll { $0.name.hasSameBytes(as: name) }
            members.append(Member(name: name, value: Self.value(newValue)))
        }
    }

    private static func value(_ value: (any Encodable)?) -> JSONValue {
        guard let value, let json = try? JSONValue(encoding: value) else { return .null }
        return json
    }
}

extension JSONObject: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: JSONKey.self)
        for member in members { try container.encode(member.value, forKey: JSONKey(stringValue: member.name)) }
    }
}

extension JSONValue: Encodable {
    /// - Throws: `EncodingError` for a number that is neither an `Int64` nor a `Double`, and other encoders' errors.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .string(let text): try container.encode(text)
        case .array(let elements): try container.encode(elements)
        case .object(let object): try container.encode(object)
        case .number(let digits):
            if let number = Int64(digits) { return try container.encode(number) }
            guard let number = Double(digits), number.isFinite else {
                throw EncodingError.invalidValue(
                    digits, .init(codingPath: encoder.codingPath, debugDescription: "too large"))
            }
            try container.encode(number)
        }
    }
}
