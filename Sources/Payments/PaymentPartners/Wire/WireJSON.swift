import JSONKit
package import PaymentCore
package import WorldKit

/// Why a JSON text violates the protocol: where and how; never the value itself.
package struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the field, `"operation.amount"`; empty for the text as a whole.
    package var field: String
    package var problem: String

    package init(field: String, problem: String) {
        self.field = field
        self.problem = problem
    }

    package var description: String { field.isEmpty ? problem : "\(field): \(problem)" }
}

/// JSON as used by the partners: snake_case, amounts as decimal strings with a separate currency, instants in RFC 3339.
package enum WireJSON {
    /// The JSON of a value: fields sorted, so that equal values have equal bytes.
    package static func encode(_ value: some Encodable) throws(WireError) -> [UInt8] {
        do {
            return Array(try JSON.encode(value))
        } catch {
            throw WireError(field: "", problem: "cannot be written as JSON")
        }
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(WireError) -> Value {
        do {
            return try JSON.decode(type, from: bytes)
        } catch let error as JSONError {
            throw WireError(field: "", problem: error.message(in: bytes))
        } catch let error as DecodingError {
            throw WireError(error)
        } catch {
            throw WireError(field: "", problem: "no JSON")
        }
    }
}

extension WireError {
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

/// Fields transmitted as text.
package enum WireField {
    package static func money(_ text: String, _ currency: String, _ field: String = "amount") throws(WireError) -> Money
    {
        let known: Currency
        do { known = try Currency(code: currency) } catch {
            throw WireError(field: "currency", problem: "no ISO 4217 currency")
        }
        do { return try Money(decimal: text, currency: known) } catch {
            throw WireError(field: field, problem: "not an amount in \(known.code)")
        }
    }

    package static func instant(_ text: String, _ field: String) throws(WireError) -> Instant {
        guard let instant = Instant(rfc3339: text) else { throw WireError(field: field, problem: "no RFC 3339 time") }
        return instant
    }

    /// An identifier under the rule of ``PaymentCore/Identifier``.
    package static func identifier(_ text: String, _ field: String) throws(WireError) -> String {
        guard Identifier.isValid(text) else { throw WireError(field: field, problem: "not an identifier") }
        return text
    }
}
