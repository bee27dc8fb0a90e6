import Testing

@testable import JSONKit

/// Texts on which parsers are known to disagree: which are JSON (RFC 8259) and which are not.
@Suite struct JSONConformanceTests {
    private func reads(_ bytes: [UInt8], _ profile: JSONProfile = .interoperable) -> Bool {
        (try? JSONValue(parsing: bytes, as: profile)) != nil
    }

    @Test(arguments: [
        "[]", "{}", "[[]   ]", "[\"\"]", "[false]", "[null, 1, \"1\", {}]", "[1\n]", " [1]", "[1,null,null,null,2]",
        "[2] ", "[123e65]", "[0e+1]", "[0e1]", "[ 4]", "[-0.000000000000000000000000000000000000000000000000001]",
        "[20e1]", "[-0]", "[-123]", "[-1]", "[1E22]", "[1E-2]", "[1E+2]", "[123e45]", "[123.456e78]", "[1e-2]",
        "[1e+2]", "[123.456789]", "{\"asd\":\"sdf\", \"dfg\":\"fgh\"}", "{\"\":0}", "{\"foo\\u0000bar\": 42}",
        "{\"min\": -1.0e+28, \"max\": 1.0e+28}", "{\"a\":[]}", "{\n\"a\": \"b\"\n}",
        "[\"\\u0060\\u012a\\u12AB\"]", "[\"\\uD801\\udc37\"]", "[\"\\ud83d\\ude39\\ud83d\\udc8d\"]",
        "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[\"\\\\u0000\"]", "[\"\\\"\"]", "[\"a/*b*/c/*d//e\"]", "[\"\\\\a\"]",
        "[\"\\uDBFF\\uDFFF\"]", "[\"\u{7F}\"]", "[\"\u{FFFF}\"]", "[\"\u{10FFFF}\"]", "[\"\u{1BFFF}\"]",
        "[\"\\u0000\"]", "[\"π\"]", "[\"\\uFFFF\"]", "[\"\\uFDD0\"]", "[\"\\u005C\"]", "[\"\\u0022\"]", "\" \"",
        "[\"\u{2028}\"]", "[\"\u{2029}\"]", "[\"€𝄞\"]", "[\"a\u{7F}a\"]", "[\"\u{200B}\"]", "false", "42", "-0.1",
        "null", "\"asd\"", "true", "\"\"", "[\"a\"]\n", "[true]", " [] ", "\t\r\n[]",
    ])
    func `JSON is read`(text: String) {
        #expect(reads(Array(text.utf8)))
    }

    @Test(arguments: [
        "[1 true]", "[\"\": 1]", "[\"\"],", "[,1]", "[1,,2]", "[\"x\",,]", "[\"x\"]]", "[\"\",]", "[\"x\"", "[x",
        "[3[4]]", "[1:2]", "[,]", "[-]", "[   , \"\"]", "[\"a\",\n4\n,1,", "[1,]", "[1,,]", "[\"\u{B}a\"\\f]", "[*]",
        "[\"\"", "[1,", "[1,\n1\n,1", "[{}", "[fals]", "[nul]", "[tru]", "[++1234]", "[+1]", "[+Inf]", "[-01]",
        "[-1.0.]", "[-2.]", "[-NaN]", "[.-1]", "[.2e-3]", "[0.1.2]", "[0.3e+]", "[0.3e]", "[0.e1]", "[0E+]", "[0E]",
        "[0e+]", "[0e]", "[1.0e+]", "[1.0e-]", "[1.0e]", "[1 000.0]", "[1eE2]", "[2.e+3]", "[2.e-3]", "[2.e3]",
        "[9.e+]", "[Inf]", "[NaN]", "[\u{FF11}]", "[1+2]", "[0x1]", "[0x42]", "[Infinity]", "[0e+-1]",
        "[-123.123foo]", "[-Infinity]", "[-foo]", "[- 1]", "[-012]", "[-.123]", "[-1x]", "[1ea]", "[1.]", "[.123]",
        "[1.2a-3]", "[1.8011670033376514H-308]", "[012]", "[\"x\", truth]", "{[: \"x\"}\n", "{\"x\", null}",
        "{\"x\"::\"b\"}", "{🇨🇭}", "{\"a\":\"a\" 123}", "{key: 'value'}", "{\"a\" b}", "{:\"b\"}", "{\"a\" \"b\"}",
        "{\"a\":", "{\"a\"", "{1:1}", "{9999E9999:1}", "{null:null,null:null}", "{\"id\":0,,,,,}", "{'a':0}",
        "{\"id\":0,}", "{\"a\":\"b\"}/**/", "{\"a\":\"b\"}/**//", "{\"a\":\"b\"}//", "{\"a\":\"b\"}/",
        "{\"a\":\"b\",,\"c\":\"d\"}", "{a: \"b\"}", "{\"a\":\"a", "{ \"foo\" : \"bar\", \"a\" }", "{\"a\":\"b\"}#",
        " ", "[\"\\uD800\\\"]", "[\"\\uD800\\u\"]", "[\"\\uD800\\u1\"]", "[\"\\uD800\\u1x\"]", "[é]", "[\"\\x00\"]",
        "[\"\\\\\\\"]", "[\"\\\t\"]", "[\"\\🌀\"]", "[\"\\\"]", "[\"\\u00A\"]", "[\"\\uD834\\uDd\"]",
        "[\"\\uD800\\uD800\\x\"]", "[\"\\a\"]", "[\"\\uqqqq\"]", "[\\u0020\"asd\"]", "[\\n]", "\"", "['single quote']",
        "abc", "[\"\\", "[\"a\u{0}a\"]", "[\"new\nline\"]", "[\"\t\"]", "\"\\UA66D\"", "<.>", "[<null>]", "[1]x",
        "[1]]", "[\"asd]", "aå", "[True]", "1]", "{\"x\": true,", "[][]", "]", "[", "2@", "{}}", "{\"\":",
        "{\"a\":/*c*/1}",
        "{", "[\"a", "[\"a\"", "{\"a\": true} \"x\"", "[a", "[\u{2060}]", "[\u{C}]", "å", "\u{2060}", "\u{FEFF}{}",
        "[\"\\uD800\"]", "[\"\\uDC00\\uD800\"]", "[\"\\ud800abc\"]", "[\"\\uDd1e\\uD834\"]", "[\"\\udc00\"]",
        "{\"a\":\"b\",\"a\":\"c\"}", "{\"a\":\"b\",\"a\":\"b\"}", "{\"a\":1,\"\\u0061\":2}", "",
        "nullx", "truefalse", "--1", "1 2", "+", "{\"a\":1 \"b\":2}", "[1;2]",
    ])
    func `text that is not JSON is rejected`(text: String) {
        #expect(!reads(Array(text.utf8)))
    }

    @Test(
        arguments: [
            ("a stray continuation byte", [0x22, 0x81, 0x22]), ("an overlong slash", [0x22, 0xC0, 0xAF, 0x22]),
            ("an overlong slash of three bytes", [0x22, 0xE0, 0x80, 0xAF, 0x22]),
            ("an encoded surrogate", [0x22, 0xED, 0xA0, 0x80, 0x22]), ("a cut sequence", [0x22, 0xE0, 0xFF, 0x22]),
            ("beyond Unicode", [0x22, 0xF4, 0xBF, 0xBF, 0xBF, 0x22]), ("Latin-1", [0x5B, 0x22, 0xE9, 0x22, 0x5D]),
            ("a lone FF", [0xFF]), ("UTF-16LE with a mark", [0xFF, 0xFE, 0x5B, 0, 0x5D, 0]),
            ("UTF-16BE", [0, 0x5B, 0, 0x22, 0, 0xE9, 0, 0x22, 0, 0x5D]),
            ("a cut byte order mark", [0xEF, 0xBB, 0x7B, 0x7D]),
            ("in an escape", [0x22, 0x5C, 0x75, 0xE5, 0x22]), ("outside a string", [0x5B, 0x31, 0xE5, 0x5D]),
        ] as [(String, [UInt8])])
    func `bytes that are not UTF-8 are rejected`(name: String, bytes: [UInt8]) {
        #expect(!reads(bytes))
        #expect(!reads(bytes, .commented))
    }

    @Test(arguments: [
        ("lines", "// a\n{ // b\r\n}// c"), ("a block", "/* a\n * b **/[/**/]/* // */"),
        ("slashes in a text", "\"//\""),
        ("a byte order mark", "\u{FEFF}{}"), ("a comment before a comma", "[1/*a*/,//b\n2]"),
    ])
    func `comments are accepted where they are allowed`(name: String, text: String) {
        #expect(reads(Array(text.utf8), .commented))
    }

    @Test(arguments: [
        ("a trailing comma", "[1,]"), ("an open block", "[] /* a"), ("half a comment", "[] /"), ("a hash", "# a\n[]"),
        ("a closed block twice", "/* a */ */ []"), ("a nested block", "/* /* */ */ []"), ("only a comment", "// a"),
        ("single quotes", "['a']"), ("hexadecimal", "0x1F"), ("a plus", "+1"), ("no quotes", "{a:1}"),
        ("a repeated name", "{\"a\":1,\"a\":1}"), ("a comment in a number", "1/**/2"), ("in a word", "tr/**/ue"),
    ])
    func `comments do not make parsing less strict`(name: String, text: String) {
        #expect(!reads(Array(text.utf8), .commented))
    }

    @Test func `names that are equal only under normalization are distinct`() throws {
        #expect(reads(Array("{\"\u{e9}\":1,\"e\u{301}\":2}".utf8)))
        let many = (0..<40).map { "\"n\($0)\":0" }.joined(separator: ",")
        #expect(reads(Array("{\(many),\"é\":1,\"e\u{301}\":2}".utf8)))
        #expect(!reads(Array("{\(many),\"n17\":1}".utf8)))
        #expect(!reads(Array("{\(many),\"x\":1,\"x\":1}".utf8)))
    }

    @Test func `an error states line and column`() {
        let bytes = Array("{\n  \"Борщ\": 1,\n}".utf8)
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes, as: .interoperable) }
        #expect(error?.message(in: bytes) == "line 3, column 1: not valid JSON: unexpected \"}\"")
        let wide = Array("[\"Борщ\", oops]".utf8)
        let other = #expect(throws: JSONError.self) { try JSONValue(parsing: wide, as: .interoperable) }
        #expect(other?.message(in: wide) == "line 1, column 10: not valid JSON: unexpected \"o\"")
    }

    @Test func `an error message contains no control characters`() {
        let name = "\u{1B}[31m\u{202E}" + String(repeating: "x", count: 100)
        let message = JSONFlaw.duplicateName(name).message
        #expect(message.utf8.allSatisfy { $0 >= 0x20 } && message.utf8.count < 120)
    }
}
