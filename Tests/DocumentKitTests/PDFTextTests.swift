import Testing

@testable import DocumentKit

struct PDFTextTests {
    @Test(arguments: [
        (0, "0"), (1_000, "1"), (-1_000, "-1"), (350, ".35"), (-5, "-.005"), (12_125, "12.125"), (100_010, "100.01"),
    ])
    func `numbers are written as short as they can be`(thousandths: Int, text: String) {
        var bytes: [UInt8] = []
        PDFText.append(thousandths, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test(arguments: [
        ("2026-01-31T09:30:00Z", "(D:20260131093000Z)"), ("2026-01-31T09:30:00", "(D:20260131093000)"),
        ("2026-01-31T09:30:00+03:00", "(D:20260131093000+03'00)"), ("2026-01-31", nil), ("", nil),
        ("2026-01-31T09:30:00) /X", nil),
    ])
    func `dates are those of PDF`(iso8601: String, date: String?) {
        #expect(PDFText.date(iso8601) == date)
    }

    @Test func `text is UTF-16`() {
        #expect(PDFText.string("Я(") == "<FEFF042F0028>")
        #expect(PDFText.string("🍵") == "<FEFFD83CDF75>")
    }

    @Test func `codes and characters that follow each other are told as ranges`() {
        let texts = ["A", "B", "D", "þ", "ÿ", "Ā", "fi", "🍵", "🍶"].map(Self.glyphText)
        let map = ToUnicode.map(texts, firstCode: 0x5D)
        let ranges = map.split(separator: "\n").filter { $0.hasPrefix("<") && $0 != "<00><FF>" }
        #expect(
            ranges == [
                "<5D><5E><0041>", "<5F><5F><0044>", "<60><61><00FE>",
                "<62><62><0100>", "<63><63><00660069>", "<64><64><D83CDF75>", "<65><65><D83CDF76>",
            ])
    }

    @Test func `several glyphs of one letter share its characters`() {
        let letter = Self.glyphText("e\u{301}\u{323}")
        #expect((0..<2).map { letter.part($0, of: 2).string } == ["e", "\u{301}\u{323}"])
        #expect((0..<4).map { letter.part($0, of: 4).string } == ["e", "\u{301}", "\u{323}", "\u{200B}"])
        #expect(letter.part(0, of: 1) == letter)
        #expect(Self.glyphText("").string == "\u{200B}")
        #expect(Self.glyphText("a") < letter && Self.glyphText("e") < letter && letter < Self.glyphText("f"))
    }

    private static func glyphText(_ text: String) -> GlyphText {
        Array(text.utf8).withUnsafeBufferPointer { GlyphText(decoding: $0) }
    }
}
