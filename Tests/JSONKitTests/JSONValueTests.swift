import Testing

@testable import JSONKit

@Suite struct JSONValueTests {
    func parse(_ text: String, as profile: JSONProfile = .interoperable) throws(JSONError) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8), as: profile)
    }

    @Test(
        arguments: [
            ("null", "null", .null), ("true", " true ", .bool(true)), ("false", "\t\r\nfalse", .bool(false)),
            ("empty object", "{ }", .object([:])), ("empty array", "[ ]", .array([])),
            ("empty string", "\"\"", .string("")),
            (
                "nested", "[{\"a\":[1,\"b\"]},null]",
                [["a": [1, "b"]], .null]
            ),
            ("escapes", #""\"\\\/\b\f\n\r\t\u0041""#, .string("\"\\/\u{8}\u{C}\n\r\tA")),
            ("NUL, escaped", #""a\u0000b""#, .string("a\u{0}b")), ("surrogates", #""\uD83C\uDF72""#, .string("🍲")),
            ("raw UTF-8", "\"Борщ 🍲\"", .string("Борщ 🍲")), ("DEL", "\"\u{7F}\"", .string("\u{7F}")),
            ("trailing zeros stay", "120.500", .number("120.500")), ("exponent stays", "1E+3", .number("1E+3")),
            ("minus zero stays", "-0", .number("-0")),
            (
                "forty digits stay", "1234567890123456789012345678901234567890",
                .number("1234567890123456789012345678901234567890")
            ),
        ] as [(String, String, JSONValue)])
    func `values are read`(name: String, text: String, expected: JSONValue) throws {
        #expect(try parse(text) == expected)
    }

    @Test(
        arguments: [
            ("nothing", "", 0, JSONFlaw.unexpectedEnd), ("blanks only", " \n", 2, .unexpectedEnd),
            ("open object", "{", 1, .unexpectedEnd), ("open array", "[1,", 3, .unexpectedEnd),
            ("open string", "\"a", 2, .unexpectedEnd),
            ("open escape", "\"\\", 1, .unexpectedEnd), ("open code unit", "\"\\u00", 5, .unexpectedEnd),
            ("bare minus", "-", 1, .unexpectedEnd), ("half a word", "nul", 3, .unexpectedEnd),
            ("trailing comma in an object", "{\"a\":1,}", 7, .unexpectedCharacter("}")),
            ("trailing comma in an array", "[1,]", 3, .unexpectedCharacter("]")),
            ("two commas", "[1,,2]", 3, .unexpectedCharacter(",")), ("no comma", "[1 2]", 3, .unexpectedCharacter("2")),
            ("no colon", "{\"a\" 1}", 5, .unexpectedCharacter("1")),
            ("bare name", "{a:1}", 1, .unexpectedCharacter("a")),
            ("single quotes", "{'a':1}", 1, .unexpectedCharacter("'")),
            ("wrong word", "nul1", 3, .unexpectedCharacter("1")),
            ("comment", "// a\n1", 0, .unexpectedCharacter("/")), ("Cyrillic", "Счёт", 0, .unexpectedCharacter("С")),
            ("no-break space", "\u{A0}1", 0, .unexpectedCharacter("\u{A0}")),
            ("NaN", "NaN", 0, .unexpectedCharacter("N")),
            ("leading zero", "01", 1, .badNumber), ("bare point", "1.", 2, .unexpectedEnd),
            ("point and no digit", "[1.]", 3, .badNumber),
            ("bare exponent", "[1e]", 3, .badNumber), ("plus", "+1", 0, .unexpectedCharacter("+")),
            ("hexadecimal", "0x1", 1, .textAfterEnd),
            ("a point first", ".5", 0, .unexpectedCharacter(".")), ("minus and no digit", "[-]", 2, .badNumber),
            ("unknown escape", #""\x""#, 1, .badEscape), ("no hexadecimal", #""\u00g0""#, 5, .badEscape),
            ("lone high surrogate", #""\ud800""#, 1, .badEscape), ("lone low surrogate", #""\udc00""#, 1, .badEscape),
            ("two high surrogates", #""\ud800\ud800""#, 1, .badEscape),
            ("high surrogate and text", #""\ud800\n""#, 1, .badEscape),
            ("raw line feed", "\"a\nb\"", 2, .controlCharacter), ("raw NUL", "\"\u{0}\"", 1, .controlCharacter),
            ("repeated name", "{\"a\":1, \"a\":2}", 8, .duplicateName("a")),
            ("repeated name, escaped", #"{"a":1,"\u0061":2}"#, 7, .duplicateName("a")),
            ("more text", "1 2", 2, .textAfterEnd), ("another document", "{}{}", 2, .textAfterEnd),
            ("a NUL after the end", "{}\u{0}", 2, .textAfterEnd),
            ("a byte order mark", "\u{FEFF}1", 0, .unexpectedCharacter("\u{FEFF}")),
            ("vertical tab", "\u{B}1", 0, .unexpectedCharacter("\u{B}")),
        ] as [(String, String, Int, JSONFlaw)])
    func `malformed texts are rejected`(name: String, text: String, offset: Int, flaw: JSONFlaw) {
        #expect(throws: JSONError(offset: offset, flaw: flaw)) { try parse(text) }
    }

    @Test(
        arguments: [
            (
                "repeated name", "{\"a\":1,\"b\":2,\"a\":3}",
                .object(["a": 1, "b": 2, "a": 3])
            ),
            ("halves of pairs", #""\ud800\ud83c\udf72\udc00\u0041\ud800""#, .string("\u{FFFD}🍲\u{FFFD}A\u{FFFD}")),
            ("a high half and text", #""\ud800\n\ud800x""#, .string("\u{FFFD}\n\u{FFFD}x")),
            ("byte order mark", "\u{FEFF}1", .number("1")),
        ] as [(String, String, JSONValue)])
    func `the tolerant reader accepts these texts`(name: String, text: String, expected: JSONValue) throws {
        #expect(try parse(text, as: .tolerant) == expected)
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test(
        arguments: [
            ("two byte order marks", "\u{FEFF}\u{FEFF}1", 3, JSONFlaw.unexpectedCharacter("\u{FEFF}")),
            ("trailing comma", "[1,]", 3, .unexpectedCharacter("]")), ("leading zero", "01", 1, .badNumber),
            ("form feed", "\u{C}1", 0, .unexpectedCharacter("\u{C}")), ("escape", #""\x""#, 1, .badEscape),
            ("cut escape", #""\ud800\u"#, 9, .unexpectedEnd), ("more text", "1 2", 2, .textAfterEnd),
            ("depth", String(repeating: "[", count: 65), 64, .tooDeep(maximum: 64)),
        ] as [(String, String, Int, JSONFlaw)])
    func `some texts are errors even to the tolerant reader`(name: String, text: String, offset: Int, flaw: JSONFlaw) {
        #expect(throws: JSONError(offset: offset, flaw: flaw)) { try parse(text, as: .tolerant) }
    }

    @Test func `the last value of a repeated name wins`() throws {
        let object = try parse(#"{"a":1,"b":2,"\u0061":3}"#, as: .tolerant).object
        #expect(object?["a"] == .number("3"))
        #expect(object?["b"] == .number("2"))
        #expect(object?["c"] == nil)
    }

    @Test func `nesting depth is bounded`() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        _ = try parse(deepest)
        #expect(throws: JSONError(offset: 64, flaw: .tooDeep(maximum: 64))) { try parse("[" + deepest + "]") }
        let bomb = String(repeating: "{\"a\":[", count: 600_000)
        #expect(throws: JSONError(offset: 192, flaw: .tooDeep(maximum: 64))) { try parse(bomb) }
    }

    @Test func `depth does not limit length`() throws {
        let text = "[" + repeatElement("[[]]", count: 1_000).joined(separator: ",") + "]"
        guard case .array(let elements) = try parse(text) else { return #expect(Bool(false)) }
        #expect(elements.count == 1_000)
    }
}
