/// A JSON value whose numbers keep the digits they were written with.
///
/// FoundationEssentials' `JSONDecoder` will not do: a `Decimal` drops what is beyond 38 digits, and trailing zeros,
/// without a word; repeated names, trailing commas and leading zeros pass.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The digits as written, `"1.50"`, `"9.29e+18"`.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// Reads one JSON text (RFC 8259) with no more than ``JSONParser/maximumDepth`` arrays and objects in each other.
    package init(parsing bytes: [UInt8], as profile: JSONProfile) throws(JSONError) {
        var parser = JSONParser(bytes: bytes, profile: profile)
        self = try parser.document()
    }

    /// The object this is; nil for anything else.
    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }
}

/// The members of a JSON object in the order of the text.
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

    /// The value of a name; the last one where it is repeated, as in ECMAScript's `JSON.parse`.
    package subscript(_ name: String) -> JSONValue? { members.last { $0.name.hasSameBytes(as: name) }?.value }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        members = elements.map { Member(name: $0, value: $1) }
    }
}

/// What a reader makes of the texts that RFC 8259 leaves to it, and of comments.
package struct JSONProfile: Sendable {
    /// Of a repeated name the last value counts; otherwise it is an error.
    var keepsRepeatedNames = false
    /// Half a surrogate pair, and bytes that are not UTF-8, read as U+FFFD; otherwise they are errors.
    var repairsText = false
    /// A byte order mark, which some editors leave, is skipped; otherwise it is an error.
    var skipsByteOrderMark = false
    /// `// …` and `/* … */` are blanks.
    var skipsComments = false

    /// I-JSON (RFC 7493), for everything that programs say to each other.
    package static let interoperable = JSONProfile()
    /// For documents as they are found.
    package static let tolerant = JSONProfile(keepsRepeatedNames: true, repairsText: true, skipsByteOrderMark: true)
    /// For files that people write: strict, with comments.
    package static let commented = JSONProfile(skipsByteOrderMark: true, skipsComments: true)
}
