/// A JSON value whose numbers keep the digits they were written with.
///
/// FoundationEssentials' `JSONDecoder` will not do for money: a `Decimal` drops what is beyond 38 digits, and trailing
/// zeros, without a word; repeated names and trailing commas pass.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

/// Why a text is no JSON, and at which byte.
struct JSONError: Error, Equatable {
    var offset: Int
    var flaw: JSONFlaw
}

extension JSONValue {
    /// Reads one JSON text (RFC 8259), strictly: no repeated names, no lone surrogates, bounded nesting.
    /// - Parameter bytes: UTF-8, already validated.
    init(parsing bytes: [UInt8]) throws(JSONError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document()
    }
}
