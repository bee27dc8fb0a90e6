/// Why a message is refused: which field and how; never the value itself.
package struct FieldError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the field, `"operation.amount"`; empty for the text as a whole.
    package var field: String
    package var problem: String

    package init(field: String, problem: String) {
        self.field = field
        self.problem = problem
    }

    package var description: String { field.isEmpty ? problem : "\(field): \(problem)" }
}

extension JSON {
    /// Decodes a message from another program.
    /// - Throws: ``FieldError`` with the path of the field that does not fit, or with the position of invalid JSON.
    package static func message<Value: Decodable>(
        _ type: Value.Type = Value.self, from bytes: [UInt8]
    ) throws(FieldError) -> Value {
        do {
            return try decode(type, from: bytes)
        } catch let error as JSONError {
            throw FieldError(field: "", problem: error.message(in: bytes))
        } catch let error as DecodingError {
            throw FieldError(error)
        } catch {
            throw FieldError(field: "", problem: "no JSON")
        }
    }

    /// The canonical JSON of a message, see ``encode(_:)``.
    package static func message(_ value: some Encodable) throws(FieldError) -> [UInt8] {
        do {
            return try encode(value)
        } catch {
            throw FieldError(field: "", problem: "cannot be written as JSON")
        }
    }
}

extension FieldError {
    fileprivate init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(field: Self.path(context.codingPath + [key]), problem: "missing")
        case .valueNotFound(_, let context):
            self.init(field: Self.path(context.codingPath), problem: "null")
        case .typeMismatch(_, let context):
            self.init(field: Self.path(context.codingPath), problem: "of the wrong type")
        case .dataCorrupted(let context):
            self.init(field: Self.path(context.codingPath), problem: "not an allowed value")
        @unknown default:
            self.init(field: "", problem: "no JSON")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { key in key.intValue.map(String.init) ?? String(key.stringValue.prefix(64)) }.joined(separator: ".")
    }
}
