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
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        members = elements.map { Member(name: $0, value: $1) }
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
