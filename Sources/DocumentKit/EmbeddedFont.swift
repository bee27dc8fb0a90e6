/// A simple symbolic TrueType font of a PDF (ISO 32000-1, 9.6.3): glyphs in order of their codes.
struct EmbeddedFont {
    let face: Face
    let glyphs: [Glyph]
    let texts: [GlyphText]

    private var codes: ClosedRange<Int> {
        FontSubset.codes.lowerBound...FontSubset.codes.lowerBound + glyphs.count - 1
    }

    /// Adds the font and what belongs to it, and returns the font's object.
    func add(to file: inout PDFFile) -> Int {
        let (ascender, descender) = (face.height(.ascender), face.height(.descender))
        let program = TrueTypeFile.bytes(
            glyphs, firstCode: codes.lowerBound, ascender: ascender, descender: descender)
        let name = "\(Self.tag(program))+\(face.identity.name)"
        let stream = file.addStream("/Length1 \(program.count)", program)
        let bounds = GlyphOutline.Bounds(around: glyphs.map(\.outline.bounds))
        let box = [bounds.left, bounds.bottom, bounds.right, bounds.top]
            .map { "\($0 * 1000 / GlyphOutline.unitsPerEm)" }.joined(separator: " ")
        // Flag 4: symbolic. The thickness of stems is unknown and only of use where the font is not embedded.
        let descriptor = file.add(
            "<</Type/FontDescriptor/FontName/\(name)/Flags 4/FontBBox[\(box)]/ItalicAngle \(face.italicAngle)"
                + "/Ascent \(ascender)/Descent \(descender)/CapHeight \(face.height(.capitals))/StemV 80"
                + "/FontFile2 \(stream) 0 R>>")
        let map = file.addStream("", Array(ToUnicode.map(texts, firstCode: codes.lowerBound).utf8))
        let widths = glyphs.map { "\($0.advance)" }.joined(separator: " ")
        return file.add(
            "<</Type/Font/Subtype/TrueType/BaseFont/\(name)/FirstChar \(codes.lowerBound)/LastChar \(codes.upperBound)"
                + "/Widths[\(widths)]/FontDescriptor \(descriptor) 0 R/ToUnicode \(map) 0 R>>")
    }

    /// Six letters that tell subsets of one font apart: a sum (FNV-1a) of the file.
    private static func tag(_ program: [UInt8]) -> String {
        var sum = program.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var letters: [UInt8] = []
        for _ in 0..<6 {
            letters.append(UInt8(ascii: "A") + UInt8(sum % 26))
            sum /= 26
        }
        return String(decoding: letters, as: UTF8.self)
    }
}
