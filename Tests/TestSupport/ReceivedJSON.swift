package import JSONKit

/// A JSON text as its receiver sees it: members have no order, numbers no spelling.
///
/// Read by JSONKit's strict reader, so that a text that it refuses fails a test.
package enum ReceivedJSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([ReceivedJSON])
    case object([String: ReceivedJSON])

    package init(_ bytes: [UInt8]) throws { self.init(try JSONValue(parsing: bytes, as: .interoperable)) }

    package init(_ text: String) throws { try self.init(Array(text.utf8)) }

    package init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .number(let digits): self = .number(Double(digits) ?? .nan)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .array(elements.map(ReceivedJSON.init))
        case .object(let object):
            self = .object(
                Dictionary(object.members.map { ($0.name, ReceivedJSON($0.value)) }, uniquingKeysWith: { $1 }))
        }
    }

    /// The member of that name; null where there is none.
    package subscript(name: String) -> ReceivedJSON { members[name] ?? .null }

    package subscript(index: Int) -> ReceivedJSON { elements.indices.contains(index) ? elements[index] : .null }

    package var members: [String: ReceivedJSON] { if case .object(let members) = self { members } else { [:] } }
    package var elements: [ReceivedJSON] { if case .array(let elements) = self { elements } else { [] } }
    package var text: String? { if case .string(let text) = self { text } else { nil } }
    package var number: Double? { if case .number(let number) = self { number } else { nil } }

    /// As one sends it: on one line, members by name.
    package var json: String { value.compact }

    private var value: JSONValue {
        switch self {
        case .null: .null
        case .bool(let bool): .bool(bool)
        case .number(let number): .number(number == number.rounded() ? "\(Int(number))" : "\(number)")
        case .string(let text): .string(text)
        case .array(let elements): .array(elements.map(\.value))
        case .object(let members):
            .members(members.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value.value) })
        }
    }
}

extension ReceivedJSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    package init(dictionaryLiteral elements: (String, ReceivedJSON)...) {
        self = .object(Dictionary(uniqueKeysWithValues: elements))
    }
    package init(arrayLiteral elements: ReceivedJSON...) { self = .array(elements) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
}
