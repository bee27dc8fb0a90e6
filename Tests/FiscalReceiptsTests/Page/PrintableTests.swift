import Testing

@testable import FiscalReceipts

struct PrintableTests {
    @Test(arguments: [
        ("Чай «Ахмад» 100%", "Чай «Ахмад» 100%"), ("a\tb\r\nc", "a b  c"), ("\u{1B}[31m", "\\u{1B}[31m"),
        ("\0\u{7F}\u{9B}", "\\u{0}\\u{7F}\\u{9B}"), ("\u{202E}abc\u{2066}", "\\u{202E}abc\\u{2066}"),
        ("👨‍👩‍👧", "👨‍👩‍👧"), ("", ""),
    ])
    func `control characters are shown as code points`(text: String, shown: String) {
        #expect(Printable.text(text) == shown)
    }

    @Test(arguments: [
        ("300 accents", "e" + String(repeating: "\u{301}", count: 300), "e\u{301}\u{301}\u{301}\u{301}"),
        ("on each letter", "e\u{301}\u{302}\u{303}\u{304}й\u{301}", "e\u{301}\u{302}\u{303}\u{304}й\u{301}"),
        (
            "with joiners between", "e" + String(repeating: "\u{301}\u{301}\u{200D}", count: 3),
            "e\u{301}\u{301}\u{200D}\u{301}\u{301}\u{200D}\u{200D}"
        ),
        ("enclosing", "a" + String(repeating: "\u{20DD}", count: 9), "a" + String(repeating: "\u{20DD}", count: 4)),
    ])
    func `a character has at most four combining marks`(name: String, text: String, shown: String) {
        #expect(Array(Printable.text(text).unicodeScalars) == Array(shown.unicodeScalars))
    }

    @Test func `text is truncated after a thousand characters`() {
        #expect(Printable.text(String(repeating: "x", count: 1_000)).count == 1_000)
        #expect(Printable.text(String(repeating: "x", count: 1_001)) == String(repeating: "x", count: 1_000) + "…")
    }
}
