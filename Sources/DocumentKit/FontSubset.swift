/// The glyphs of one face that a page shows, and the codes they are shown by.
final class FontSubset {
    /// A glyph and what it stands for: the same glyph with another text has another code.
    private struct Meaning: Hashable {
        var number: UInt32
        var text: GlyphText
    }

    /// Codes that need no escape in a string, one byte each.
    static let codes = 0x5D...0xFF

    private let face: Face
    private let pen: OutlinePen
    private var known: [UInt32: Glyph]
    private var isNewKnown = false
    private var entries: [(meaning: Meaning, glyph: Glyph)] = []
    private var slots: [Meaning: Int] = [:]

    init(_ face: Face, _ pen: OutlinePen) {
        (self.face, self.pen) = (face, pen)
        known = GlyphCache.glyphs(of: face.identity)
    }

    /// Takes a glyph in, and says where it stands among those taken in so far.
    func slot(_ number: UInt32, _ text: GlyphText) -> Int {
        let meaning = Meaning(number: number, text: text)
        if let slot = slots[meaning] { return slot }
        slots[meaning] = entries.count
        entries.append((meaning, glyph(number)))
        return entries.count - 1
    }

    private func glyph(_ number: UInt32) -> Glyph {
        if let glyph = known[number] { return glyph }
        let glyph = face.glyph(number, pen)
        known[number] = glyph
        isNewKnown = true
        return glyph
    }

    func isSilent(_ slot: Int) -> Bool { entries[slot].meaning.text == .none }

    /// Thousandths of an em.
    func advance(ofSlot slot: Int) -> Int { entries[slot].glyph.advance }

    /// The fonts to embed, each with at most as many glyphs as there are codes, and for each slot its font and code.
    ///
    /// Sorted by what they stand for, so that the way back to text is told in few ranges.
    func fonts() -> (fonts: [EmbeddedFont], places: [(font: Int, code: UInt8)]) {
        if isNewKnown { GlyphCache.keep(known, of: face.identity) }
        let order = entries.indices.sorted { first, second in
            let (first, second) = (entries[first].meaning, entries[second].meaning)
            return first.text == second.text ? first.number < second.number : first.text < second.text
        }
        var places = [(font: Int, code: UInt8)](repeating: (0, 0), count: entries.count)
        for (position, slot) in order.enumerated() {
            let (font, code) = position.quotientAndRemainder(dividingBy: Self.codes.count)
            places[slot] = (font, UInt8(Self.codes.lowerBound + code))
        }
        let fonts = stride(from: 0, to: order.count, by: Self.codes.count).map { start in
            let members = order[start..<min(start + Self.codes.count, order.count)].map { entries[$0] }
            return EmbeddedFont(face: face, glyphs: members.map(\.glyph), texts: members.map(\.meaning.text))
        }
        return (fonts, places)
    }
}
