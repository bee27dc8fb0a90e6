internal import CPangoCairo

/// The fonts of a page, and its texts in their codes.
struct PDFFonts {
    /// Glyphs of one subset that stand side by side.
    struct Run {
        var subset: Int
        /// Points from the text's top left corner to the first glyph.
        var x: Double
        var baseline: Double
        /// Where each stands from the first, in 1,024ths of a point.
        var glyphs: [(slot: Int, x: Int, rise: Int)] = []
    }

    private let drawing: DrawingFunctions
    private let pen: OutlinePen
    private var subsets: [FontSubset] = []
    private var subsetOfFace: [Face.Identity: Int] = [:]
    private var subsetOfFont: [UnsafeMutablePointer<PangoFont>: Int] = [:]
    /// For each subset's slot, the font's number on the page, and the code.
    private var places: [[(font: Int, code: UInt8)]] = []

    init() throws(DocumentError) {
        drawing = try Drawing.functions()
        pen = try OutlinePen(drawing)
    }

    mutating func runs(of block: TextBlock) throws -> [Run] {
        var runs: [Run] = []
        try block.forEachRun { run in
            let number = try subset(for: run.font)
            let subset = subsets[number]
            var result = Run(subset: number, x: run.x, baseline: run.baseline)
            result.glyphs.reserveCapacity(run.count)
            run.forEachGlyph { result.glyphs.append((subset.slot($0.number, $0.text), $0.x, $0.rise)) }
            runs.append(result)
        }
        return runs
    }

    /// pango has a font for each size; a page embeds a face once.
    private mutating func subset(for font: UnsafeMutablePointer<PangoFont>) throws(DocumentError) -> Int {
        if let known = subsetOfFont[font] { return known }
        let face = try Face(font, drawing)
        let number = subsetOfFace[face.identity] ?? subsets.count
        if number == subsets.count {
            subsets.append(FontSubset(face, pen))
            subsetOfFace[face.identity] = number
        }
        subsetOfFont[font] = number
        return number
    }

    /// Adds what all runs need, and returns the fonts' objects in order of their names, `F0` first.
    mutating func embed(in file: inout PDFFile) -> [Int] {
        var objects: [Int] = []
        for subset in subsets {
            let (fonts, slots) = subset.fonts()
            places.append(slots.map { (objects.count + $0.font, $0.code) })
            objects += fonts.map { $0.add(to: &file) }
        }
        return objects
    }

    /// A run in codes, for its place on the page; to be asked once the fonts are embedded.
    ///
    /// Usually one text, and more where glyphs are of several fonts, stand above the line or for no text.
    /// - Parameters:
    ///   - size: points.
    ///   - x: of the first glyph, in points.
    ///   - y: of the baseline, in points from the bottom.
    func texts(_ run: Run, size: Double, gray: Double, x: Double, y: Double) -> [PDFContent.Text] {
        var texts: [PDFContent.Text] = []
        let thousandths = 1000 / (size * Double(PANGO_SCALE))
        // From the beginning of the last text, in thousandths of an em.
        var (start, end, rise) = (0, 0, 0)
        let subset = subsets[run.subset]
        for glyph in run.glyphs {
            let place = places[run.subset][glyph.slot]
            let isSilent = subset.isSilent(glyph.slot)
            if texts.last?.font != place.font || rise != glyph.rise || texts.last?.isSilent != isSilent {
                texts.append(
                    PDFContent.Text(
                        isSilent: isSilent, font: place.font, size: Length.thousandths(size),
                        gray: Length.thousandths(gray),
                        x: Length.eighths(x + Double(glyph.x) / Double(PANGO_SCALE)),
                        y: Length.eighths(y + Double(glyph.rise) / Double(PANGO_SCALE))))
                texts[texts.count - 1].codes.reserveCapacity(run.glyphs.count)
                (start, end, rise) = (glyph.x, 0, glyph.rise)
            }
            let distance = end - Int((Double(glyph.x - start) * thousandths).rounded())
            if abs(distance) >= Self.tolerance {
                texts[texts.count - 1].kerns.append((texts[texts.count - 1].codes.count, distance))
                end -= distance
            }
            texts[texts.count - 1].codes.append(place.code)
            end += subset.advance(ofSlot: glyph.slot)
        }
        return texts
    }

    /// Thousandths of an em that a glyph may stand beside its place: at 16 points a fiftieth of a millimetre.
    private static let tolerance = 4
}

/// Points in whole numbers.
enum Length {
    static func thousandths(_ points: Double) -> Int { Int((points * 1000).rounded()) }

    /// In thousandths, but no finer than eighths, which are written shorter.
    static func eighths(_ points: Double) -> Int { Int((points * 8).rounded()) * 125 }
}
