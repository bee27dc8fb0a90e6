import FoundationEssentials
import TestSupport
import Testing

@testable import DocumentKit

struct PDFFileTests {
    /// As cairo writes it.
    private static func raw() throws -> [UInt8] {
        let canvas = try Canvas()
        canvas.place(try canvas.block("Текст", PageTests.body), x: 0, y: 0)
        return try Surface.pdf(width: 50, height: 50, info: PageTests.info) { try canvas.replay(on: $0) }
    }

    @Test func `packing makes a file smaller`() throws {
        let raw = try Self.raw()
        let file = try #require(PDFFile(raw))
        #expect(try file.packed { try Deflate.compressed($0) }.count < raw.count * 4 / 5)
    }

    @Test func `a page with its fonts on a coarser grid looks the same`() throws {
        let canvas = try Canvas()
        let text = "Съешь же ещё этих мягких французских булок: 0123456789 «×» The quick brown fox"
        for (line, size) in [6.0, 8.5, 9.5, 16].enumerated() {
            let style = TextStyle(PageTests.body.typeface, size: size)
            canvas.place(try canvas.block(text, style, width: 210), x: 8, y: Double(line) * 60 + 8)
        }
        let raw = try Surface.pdf(width: 226, height: 280, info: PageTests.info) { try canvas.replay(on: $0) }
        var file = try #require(PDFFile(raw))
        try file.shrink()
        let small = try file.packed { try Deflate.compressed($0) }
        #expect(small.count * 4 < raw.count * 3)

        let (before, after) = (try Self.gray(raw), try Self.gray(small))
        try #require(before.count == after.count)
        let ink = before.reduce(0) { $0 + 255 - Int($1) }
        let difference = zip(before, after).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        #expect(ink > 100_000 && difference * 20 < ink, "\(difference) of \(ink)")
    }

    /// The page's pixels at 200 dots an inch.
    private static func gray(_ pdf: [UInt8]) throws -> [UInt8] {
        let directory = try TemporaryDirectory()
        let path = try directory.write(pdf, as: "page.pdf")
        #expect(try Tool("qpdf", "--check", path).status == 0)
        let drawn = try Tool("pdftoppm", "-r", "200", "-gray", "-singlefile", path, directory.file("page"))
        try #require(drawn.status == 0)
        return [UInt8](try Data(contentsOf: URL(filePath: directory.file("page.pgm"))))
    }

    @Test func `a damaged font is left alone`() throws {
        let path = try Tool("fc-list", ":family=Roboto Condensed:style=Regular", "file").output
        let whole = [UInt8](try Data(contentsOf: URL(filePath: String(path.prefix { $0 != ":" }))))
        let font = TrueTypeFont(whole)?.compacted()
        let small = try #require(font)
        #expect(small.count < whole.count)
        let again = TrueTypeFont(small) != nil
        #expect(!again, "it is as coarse as it gets")
        for count in stride(from: 0, to: whole.count, by: whole.count / 19) {
            let cut = TrueTypeFont(Array(whole[..<count]))?.compacted()
            #expect(cut == nil)
        }
        for position in stride(from: 4, to: whole.count, by: whole.count / 19) {
            var changed = whole
            changed[position] ^= 0xFF
            // Read or refused, never a crash.
            _ = TrueTypeFont(changed)?.compacted()
        }
    }

    @Test func `what is not laid out as expected is left alone`() throws {
        let raw = try Self.raw()
        // The marker after the last number is the only thing a file can do without.
        let needed = raw.count - "\n%%EOF\n".utf8.count
        for count in Array(stride(from: 0, to: needed, by: 41)) + [needed - 1] {
            #expect(PDFFile(Array(raw[..<count])) == nil)
        }
        for position in stride(from: 0, to: raw.count, by: 41) {
            var changed = raw
            changed[position] = UInt8(ascii: "9")
            // Read or refused, never a crash.
            _ = PDFFile(changed)
        }
    }
}
