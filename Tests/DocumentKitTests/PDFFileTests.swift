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
