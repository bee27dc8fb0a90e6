/// A JSON value whose numbers keep the digits they were written with.
///
/// FoundationEssentials' `JSONDecoder` will not do for money: a `Decimal` drops what is beyond 38 digits, and trailing
/// zeros, without a word; repeated names and trailing commas pass.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The digits as written, `"1.50"`, `"9.29e+18"`.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// Reads one JSON text (RFC 8259) with no more than ``JSONParser/maximumDepth`` arrays and objects in each other.
    /// - Parameter bytes: UTF-8; what is not reads as U+FFFD, so whoever minds it validates before.
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
    package subscript(_ name: String) -> JSONValue? { members.last { $0.name == name }?.value }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        members = elements.map { Member(name: $0, value: $1) }
    }
}

/// What a reader makes of the texts that RFC 8259 leaves to it.
package enum JSONProfile: Sendable {
    /// I-JSON (RFC 7493): a repeated name, half a surrogate pair and a byte order mark are errors.
    case interoperable
    /// For documents as they are found: repeated names stay, half a surrogate pair reads as U+FFFD, and a byte order
    /// mark, which some editors leave, is skipped.
    case tolerant
}
