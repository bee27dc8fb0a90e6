import CommandLineKit
import Testing

@Suite struct TerminalTextTests {
    @Test(arguments: [
        ("plain ~ \\ text", "plain ~ \\ text"),
        ("Борщ, 120 ₽", "Борщ, 120 ₽"),
        ("cafe\u{301}", "cafe\u{301}"),
        ("a\nb\tc\rd", #"a\nb\tc\rd"#),
        ("a\r\nb", #"a\r\nb"#),
        ("\u{1B}[31mred\u{7}", #"\u{1B}[31mred\u{7}"#),
        ("\0\u{7F}", #"\u{0}\u{7F}"#),
        ("C1 \u{85}\u{9B}31m", #"C1 \u{85}\u{9B}31m"#),
        ("\u{202E}gpj.exe\u{202C}", #"\u{202E}gpj.exe\u{202C}"#),
        ("\u{2066}x\u{2069}\u{200F}", #"\u{2066}x\u{2069}\u{200F}"#),
        ("a\u{200B}b\u{200D}c\u{FEFF}\u{2060}\u{AD}", #"a\u{200B}b\u{200D}c\u{FEFF}\u{2060}\u{AD}"#),
        ("line\u{2028}para\u{2029}", #"line\u{2028}para\u{2029}"#),
        ("tags \u{E0041}\u{E007F}", #"tags \u{E0041}\u{E007F}"#),
        ("fillers \u{3164}\u{115F}\u{34F}", #"fillers \u{3164}\u{115F}\u{34F}"#),
        ("\u{FFFE}", #"\u{FFFE}"#),
        ("❤\u{FE0F} a\u{FE0F}", "❤\u{FE0F} a\\u{FE0F}"),
    ])
    func `control characters are escaped`(_ text: String, _ expected: String) {
        // Compared by scalars, because `==` on strings ignores normalization.
        #expect(TerminalText.escaped(text).unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    /// Checks all Unicode scalars.
    @Test func `no control character is left`() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let escaped = TerminalText.escaped(String(scalar)).unicodeScalars
            let isClean = escaped.allSatisfy {
                !($0.value < 0x20 || (0x7F...0x9F).contains($0.value)
                    || $0.properties.isBidiControl || $0.properties.isDefaultIgnorableCodePoint)
            }
            guard isClean else {
                Issue.record("U+\(String(value, radix: 16)) is left raw")
                return
            }
        }
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("Борщ", 4), ("cafe\u{301}", 4), ("寿司", 4), ("한국", 4), ("ｆｕｌｌ", 8), ("ﾊﾝ", 2),
        ("🍣", 2), ("❤\u{FE0F}", 2), ("❤", 1), ("🇷🇺", 2), ("👍🏽", 2), ("\u{301}", 0), ("₽…—", 3),
        ("1\u{FE0F}\u{20E3}", 2),
        ("\u{1100}\u{1161}", 2), ("𠀀", 2), ("é", 1),
    ])
    func `text has its width in columns`(_ text: String, _ expected: Int) {
        #expect(TerminalText.width(text) == expected)
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("abcdef", 1, "…"), ("abcdef", 0, ""), ("abc", -1, ""),
        ("", 0, ""), ("寿司屋", 6, "寿司屋"), ("寿司屋", 5, "寿司…"), ("寿司屋", 4, "寿…"), ("寿司", 1, "…"),
        ("cafe\u{301}s", 4, "caf…"), ("cafe\u{301}", 4, "cafe\u{301}"), ("ab\u{301}", 2, "ab\u{301}"),
    ])
    func `long text is truncated`(_ text: String, _ columns: Int, _ expected: String) {
        let truncated = TerminalText.truncated(text, to: columns)
        #expect(truncated == expected)
        #expect(TerminalText.width(truncated) <= max(0, columns))
    }
}

@Suite struct TerminalTests {
    struct Case: Sendable {
        var isTerminal = true
        var window: Int?
        var environment: [String: String] = [:]
        var expected: Terminal
    }

    @Test(arguments: [
        Case(expected: Terminal(isTerminal: true, columns: 80, isColorEnabled: true)),
        Case(isTerminal: false, expected: Terminal(isTerminal: false)),
        Case(window: 132, expected: Terminal(isTerminal: true, columns: 132, isColorEnabled: true)),
        Case(
            window: 132, environment: ["COLUMNS": "60"],
            expected: Terminal(isTerminal: true, columns: 60, isColorEnabled: true)),
        Case(
            window: 100, environment: ["COLUMNS": "wide"],
            expected: Terminal(isTerminal: true, columns: 100, isColorEnabled: true)),
        Case(window: 0, expected: Terminal(isTerminal: true, columns: 80, isColorEnabled: true)),
        Case(window: 3, expected: Terminal(isTerminal: true, columns: 20, isColorEnabled: true)),
        Case(
            environment: ["COLUMNS": "999999999"],
            expected: Terminal(isTerminal: true, columns: 1_000, isColorEnabled: true)),
        Case(environment: ["NO_COLOR": "1"], expected: Terminal(isTerminal: true)),
        Case(
            environment: ["NO_COLOR": ""], expected: Terminal(isTerminal: true, columns: 80, isColorEnabled: true)),
        Case(environment: ["TERM": "dumb"], expected: Terminal(isTerminal: true)),
    ])
    func `a terminal is recognized by its environment`(_ example: Case) {
        let terminal = Terminal(isTerminal: example.isTerminal, windowColumns: example.window) {
            example.environment[$0]
        }
        #expect(terminal == example.expected)
    }

    @Test func `styles are written only when enabled`() {
        #expect(TextStyle(isEnabled: true).red("no") == "\u{1B}[31mno\u{1B}[0m")
        #expect(TextStyle(isEnabled: true).bold("") == "")
        #expect(TextStyle.plain.red("no") == "no")
    }
}
