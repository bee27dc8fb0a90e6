/// A JSON value whose numbers keep their digits as written.
///
/// Replaces FoundationEssentials' `JSONDecoder`, which silently drops trailing zeros and digits beyond 38 and accepts
/// repeated names, trailing commas and leading zeros.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The digits as written, `"1.50"`, `"9.29e+18"`.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// Parses one JSON text (RFC 8259) nested at most ``JSONParser/maximumDepth`` deep.
    package init(parsing bytes: [UInt8], as profile: JSONProfile) throws(JSONError) {
        var parser = JSONParser(bytes: bytes, profile: profile)
        self = try parser.document()
    }

    /// The object, if this is one.
    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }
}

extension JSONValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package static func integer(_ value: some FixedWidthInteger) -> JSONValue { .number("\(value)") }

    /// An object with these members.
    package static func members(_ members: [(name: String, value: JSONValue)]) -> JSONValue {
        .object(JSONObject(members.map { JSONObject.Member(name: $0.name, value: $0.value) }))
    }

    /// The members of both objects; those of `other` come last.
    package func merging(_ other: JSONValue) -> JSONValue {
        guard let own = object, let added = other.object else { return self }
        return .object(JSONObject(own.members + added.members))
    }

    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .number("\(value)") }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.map { JSONObject.Member(name: $0, value: $1) }))
    }
}

/// How a parser handles what RFC 8259 leaves open, and comments.
package struct JSONProfile: Sendable {
    /// The last value of a repeated name is used; otherwise it is an error.
    var keepsRepeatedNames = false
    /// Unpaired surrogates and invalid UTF-8 are read as U+FFFD; otherwise they are errors.
    var repairsText = false
    /// A byte order mark, which some editors write, is skipped; otherwise it is an error.
    var skipsByteOrderMark = false
    /// `// …` and `/* … */` are treated as whitespace.
    var skipsComments = false

    /// I-JSON (RFC 7493), for messages between programs.
    package static let interoperable = JSONProfile()
    /// For documents of unknown origin.
    package static let tolerant = JSONProfile(keepsRepeatedNames: true, repairsText: true, skipsByteOrderMark: true)
    /// For files written by people: strict, with comments.
    package static let commented = JSONProfile(skipsByteOrderMark: true, skipsComments: true)
}
