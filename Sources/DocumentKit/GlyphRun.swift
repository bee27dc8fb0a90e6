internal import CPangoCairo

/// Glyphs of one font that stand side by side on a line.
///
/// Valid while its block is.
struct GlyphRun {
    let font: UnsafeMutablePointer<PangoFont>
    /// Points, from the block's top left corner to where the first glyph begins.
    let x: Double
    let baseline: Double

    private let glyphs: UnsafeBufferPointer<PangoGlyphInfo>
    /// Where the text of each glyph begins; glyphs with the same place belong together.
    private let places: UnsafeBufferPointer<Int32>
    private let text: UnsafeBufferPointer<UInt8>

    /// - Parameter text: that of the whole block.
    init?(_ run: PangoLayoutRun, text: UnsafePointer<UInt8>, x: Double, baseline: Double) {
        guard let item = run.item?.pointee, let font = item.analysis.font, let string = run.glyphs?.pointee else {
            return nil
        }
        (self.font, self.x, self.baseline) = (font, x, baseline)
        glyphs = UnsafeBufferPointer(start: string.glyphs, count: Int(string.num_glyphs))
        places = UnsafeBufferPointer(start: string.log_clusters, count: Int(string.num_glyphs))
        self.text = UnsafeBufferPointer(start: text + Int(item.offset), count: Int(item.length))
    }

    var count: Int { glyphs.count }

    /// The sum of all advances, in points.
    var width: Double { Double(glyphs.reduce(0) { $0 + Int($1.geometry.width) }) / Double(PANGO_SCALE) }

    /// One glyph on the page, in the order of places from left to right.
    struct Item {
        /// 0 where no installed font has one for the text.
        var number: UInt32
        var text: GlyphText
        /// From the beginning of the run, in 1,024ths of a point.
        var x: Int
        /// Above the baseline, in 1,024ths of a point.
        var rise: Int
    }

    func forEachGlyph(_ body: (Item) throws -> Void) rethrows {
        var x = 0
        var start = 0
        while start < glyphs.count {
            var end = start + 1
            while end < glyphs.count, places[end] == places[start] { end += 1 }
            let text = GlyphText(decoding: bytes(ofGlyphsAt: start..<end))
            for index in start..<end {
                let (glyph, geometry) = (glyphs[index].glyph, glyphs[index].geometry)
                if glyph != Self.empty {
                    try body(
                        Item(
                            number: glyph & Self.unknown == 0 ? glyph : 0,
                            text: text.part(index - start, of: end - start), x: x + Int(geometry.x_offset),
                            rise: -Int(geometry.y_offset)))
                }
                x += Int(geometry.width)
            }
            start = end
        }
    }

    /// `PANGO_GLYPH_EMPTY` and `PANGO_GLYPH_UNKNOWN_FLAG`, which Swift does not see.
    private static let empty: UInt32 = 0x0FFF_FFFF
    private static let unknown: UInt32 = 0x1000_0000

    /// The text of glyphs that belong together.
    private func bytes(ofGlyphsAt range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        let start = Int(places[range.lowerBound])
        // From left to right the text goes on with the next glyph, from right to left with the one before.
        var end = text.count
        if range.upperBound < places.count, places[range.upperBound] > start {
            end = Int(places[range.upperBound])
        } else if range.lowerBound > 0, places[range.lowerBound - 1] > start {
            end = Int(places[range.lowerBound - 1])
        }
        guard start >= 0, start <= end, end <= text.count else { return .init(start: nil, count: 0) }
        return UnsafeBufferPointer(rebasing: text[start..<end])
    }
}
