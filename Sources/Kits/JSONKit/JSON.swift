package import FoundationEssentials

/// The way of `Codable` types into JSON and back: one strict reader, one writer.
package enum JSON {
    /// Reads a value from one JSON text.
    ///
    /// Whole numbers may be written `1.0` or `1e2`; `Data` is base64. A path of a `DecodingError` has the text's own
    /// names.
    /// - Throws: ``JSONError`` for what is no JSON, otherwise `DecodingError`.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from bytes: [UInt8], as profile: JSONProfile = .interoperable
    ) throws -> Value {
        try decode(type, from: try JSONValue(parsing: bytes, as: profile))
    }

    /// - Parameter convertsNames: whether a property `dueAt` is called `due_at` in the JSON.
    /// - Throws: `DecodingError`.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from value: JSONValue, convertsNames: Bool = false
    ) throws -> Value {
        try JSONValueDecoder(value: value, codingPath: [], convertsNames: convertsNames).decode(type)
    }

    /// One line without blanks, names sorted, slashes plain: the same value has the same bytes.
    /// - Throws: `EncodingError`, for a number that is none among others.
    package static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    /// As ``encode(_:)``, on lines indented by two, without one at the end.
    package static func encodeIndented(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }
}
