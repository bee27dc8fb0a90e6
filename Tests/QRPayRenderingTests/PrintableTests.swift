import Testing

@testable import QRPayRendering

struct PrintableTests {
    @Test(arguments: [
        ("Чай «Ахмад» 100%", "Чай «Ахмад» 100%"), ("a\tb\r\nc", "a b  c"), ("\u{1B}[31m", "\\u{1B}[31m"),
        ("\0\u{7F}\u{9B}", "\\u{0}\\u{7F}\\u{9B}"), ("\u{202E}abc\u{2066}", "\\u{202E}abc\\u{2066}"),
        ("👨‍👩‍👧", "👨‍👩‍👧"), ("", ""),
    ])
    func `what would act on a terminal is shown by its number`(text: String, shown: String) {
        #expect(Printable.text(text) == shown)
    }

    @Test func `more than a thousand characters are cut`() {
        #expect(Printable.text(String(repeating: "x", count: 1_000)).count == 1_000)
        #expect(Printable.text(String(repeating: "x", count: 1_001)) == String(repeating: "x", count: 1_000) + "…")
    }
}
