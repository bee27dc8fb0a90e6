/// Why a text is no JSON, and at which byte.
package struct JSONError: Error, Hashable, Sendable {
    package var offset: Int
    package var flaw: JSONFlaw
}

/// Why a text is no JSON (RFC 8259), or more of it than is read.
package enum JSONFlaw: Hashable, Sendable {
    case unexpectedEnd
    case unexpectedCharacter(Unicode.Scalar)
    /// A raw control character within a string.
    case controlCharacter
    case badEscape
    case badNumber
    case duplicateName(String)
    case tooDeep(maximum: Int)
    case textAfterEnd
}
