/// Strict decoding and canonical encoding of `Codable` types.
package enum JSON {
    /// Decodes a value from one JSON text.
    ///
    /// Integers may be written `1.0` or `1e2`; `Data` is base64. The path of a `DecodingError` uses the names in the
    /// text.
    /// - Throws: ``JSONError`` for invalid JSON, otherwise `DecodingError`.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from bytes: [UInt8], as profile: JSONProfile = .interoperable
    ) throws -> Value {
        try decode(type, from: try JSONValue(parsing: bytes, as: profile))
    }

    /// - Parameter convertsNames: whether a property `dueAt` is named `due_at` in the JSON.
    /// - Throws: `DecodingError`.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from value: JSONValue, convertsNames: Bool = false
    ) throws -> Value {
        try JSONValueDecoder(value: value, codingPath: [], convertsNames: convertsNames).decode(type)
    }

    /// Canonical form: one line without whitespace, names sorted, slashes unescaped. Equal values have equal bytes.
    /// - Throws: `EncodingError`, for example for a number that is NaN.
    package static func encode(_ value: some Encodable) throws -> [UInt8] { try JSONValue(encoding: value).canonical }

    /// Like ``encode(_:)``, but indented by two spaces, without a trailing newline.
    package static func encodeIndented(_ value: some Encodable) throws -> [UInt8] {
        try JSONValue(encoding: value).indented
    }
}
