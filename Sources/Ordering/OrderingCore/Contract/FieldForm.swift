package import HTTPKit
package import JSONKit
package import WorldKit

/// What a field's value may be; it checks, reads, writes and describes it.
package enum FieldForm: Hashable, Sendable {
    /// ``NameRule/isIdentifier(_:)``.
    case identifier
    /// Text without control characters, of at most this many bytes.
    case text(maximum: Int)
    case email
    /// One of a closed set.
    case word([String])
    /// Minor units, not negative.
    case amount
    /// 64 lower-case hexadecimal digits.
    case digest
    /// RFC 3339.
    case time
    /// 0 to 1,000,000,000.
    case count

    /// - Throws: ``JSONKit/FieldError`` for a value of another form.
    func read(_ json: JSONValue, field: String) throws(FieldError) -> FieldValue {
        switch (self, json) {
        case (.amount, .number(let digits)):
            guard let units = Int64(digits), let money = Money(minorUnits: units), money >= .zero else {
                throw FieldError(field: field, problem: "not a number of minor units")
            }
            return .amount(money)
        case (.count, .number(let digits)):
            guard let count = Int(digits), Self.counts.contains(count) else {
                throw FieldError(field: field, problem: "not a count")
            }
            return .count(count)
        case (.time, .string(let text)):
            guard let time = Instant(rfc3339: text) else { throw FieldError(field: field, problem: "not a time") }
            return .time(time)
        case (.amount, _), (.time, _), (.count, _): throw FieldError(field: field, problem: "of the wrong type")
        case (_, .string(let text)):
            guard admits(text) else { throw FieldError(field: field, problem: "not an allowed value") }
            return .text(text)
        default: throw FieldError(field: field, problem: "of the wrong type")
        }
    }

    /// Whether a text has this form.
    func admits(_ text: String) -> Bool {
        switch self {
        case .identifier: NameRule.isIdentifier(text)
        case .text(let maximum): NameRule.isText(text, atMost: maximum)
        case .email: NameRule.isEmail(text)
        case .word(let words): words.contains(text)
        case .digest:
            text.utf8.count == 64
                && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        case .amount, .time, .count: false
        }
    }

    func admits(_ value: FieldValue) -> Bool {
        switch value {
        case .text(let text): admits(text)
        case .amount(let money): self == .amount && money >= .zero
        case .time: self == .time
        case .count(let count): self == .count && Self.counts.contains(count)
        }
    }

    private static let counts = 0...1_000_000_000

    package var schema: JSONSchema {
        switch self {
        case .identifier: .string(pattern: #"^[!$&(-.0-;=@-Z\[\]^_a-z{|}~*+,:]+$"#, from: 1, to: 200)
        case .text(let maximum): .string(to: maximum)
        case .email: .string("An email address", pattern: "^[^@ ]+@[^@ ]+$", from: 3, to: 254)
        case .word(let words): .word(words)
        case .amount: .integer("Minor units", in: 0...Int(Money.maximum.minorUnits))
        case .digest: .string(pattern: "^[0-9a-f]{64}$")
        case .time: .string("RFC 3339")
        case .count: .integer(in: Self.counts)
        }
    }
}

/// The value of a field.
package enum FieldValue: Hashable, Sendable {
    case text(String)
    case amount(Money)
    case time(Instant)
    case count(Int)

    var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .amount(let money): .integer(money.minorUnits)
        case .time(let time): .string(time.rfc3339)
        case .count(let count): .integer(count)
        }
    }
}

extension BodyForm {
    /// The JSON Schema of the body.
    package var schema: JSONValue {
        [
            "type": "object", "additionalProperties": false,
            "required": .array(fields.filter(\.isRequired).map { .string($0.name) }),
            "properties": .members(fields.map { ($0.name, $0.form.schema.json) }),
        ]
    }
}
