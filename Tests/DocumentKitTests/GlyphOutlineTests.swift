import Testing

@testable import DocumentKit

struct GlyphOutlineTests {
    private typealias Point = GlyphOutline.Point

    private static func outline(_ contours: [[GlyphOutline.Point]]) -> GlyphOutline {
        GlyphOutline(contours, unitsPerEm: Double(GlyphOutline.unitsPerEm))
    }

    @Test func `a triangle is written in steps from point to point`() {
        let triangle = Self.outline([[Point(x: 10, y: 0), Point(x: 30, y: 0), Point(x: 20, y: -300)]])
        #expect(triangle.bounds == GlyphOutline.Bounds(left: 10, bottom: -300, right: 30, top: 0))
        #expect(triangle.pointCount == 3 && triangle.contourCount == 1)
        let header: [UInt8] = [0, 1, 0, 10, 0xFE, 0xD4, 0, 30, 0, 0, 0, 2, 0, 0]
        // On the curve; x short and positive, then short and negative; y unchanged twice, then a word.
        let flags: [UInt8] = [0x33, 0x33, 0x03]
        #expect(triangle.entry == header + flags + [10, 20, 10, 0xFE, 0xD4])
    }

    @Test func `flags that repeat are counted`() {
        let stairs = (0..<300).map { Point(x: Double($0 + 1), y: Double($0 % 2 + 1)) }
        let outline = Self.outline([stairs])
        #expect(outline.pointCount == 300)
        let flat = (0..<300).map { Point(x: Double($0 + 1), y: 0) } + [Point(x: 10, y: 9)]
        // 256 equal flags take two bytes, and the 44 after them two more.
        #expect(Self.outline([flat]).entry[14..<18] == [0x3B, 255, 0x3B, 43])
    }

    private struct Case: CustomTestStringConvertible {
        var testDescription: String
        /// `(` and `)` stand around control points.
        var contour: String
        var count: Int
    }

    @Test(arguments: [
        Case(
            testDescription: "a point between two control points is implied", contour: "0,0 (0,8) 4,8 (8,8)", count: 3),
        Case(testDescription: "a point beside their middle is not", contour: "0,0 (0,8) 5,8 (8,8)", count: 4),
        Case(testDescription: "the first point stays", contour: "4,8 (8,8) 4,0 (0,8)", count: 4),
        Case(testDescription: "the end that is the beginning is left out", contour: "0,0 9,0 9,9 0,0", count: 3),
        Case(testDescription: "so is a point that falls on the one before", contour: "0,0 9,0 9.2,0 9,9", count: 3),
        Case(testDescription: "a line is no contour", contour: "0,0 9,0", count: 0),
        Case(testDescription: "nothing is no contour", contour: "", count: 0),
    ])
    private func `points that tell nothing are left out`(sample: Case) {
        let contour = sample.contour.split(separator: " ").map { text in
            let numbers = text.filter { $0 != "(" && $0 != ")" }.split(separator: ",").compactMap { Double($0) }
            return Point(x: numbers[0], y: numbers[1], isOnCurve: !text.hasPrefix("("))
        }
        let outline = Self.outline([contour])
        #expect(outline.pointCount == sample.count)
        #expect(outline.entry.isEmpty == (sample.count == 0) && outline.entry.count % 2 == 0)
    }

    @Test func `the glyphs of an installed font keep their shapes`() throws {
        let drawing = try Drawing.functions()
        let canvas = try Canvas()
        let block = try canvas.block("Ё", PageTests.body)
        var face: Face?
        try block.forEachRun { face = try Face($0.font, drawing) }
        let (font, pen) = (try #require(face), try OutlinePen(drawing))
        var inked = 0
        for number in 0..<1_000 as Range<UInt32> {
            let original = font.contours(of: number, pen)
            let outline = font.glyph(number, pen).outline
            let read = try #require(GlyphReader.contours(of: outline.entry))
            #expect(read.count == outline.contourCount)
            let scale = Double(GlyphOutline.unitsPerEm) / font.unitsPerEm
            let (before, after) = (Self.area(original) * scale * scale, Self.area(read))
            let around = Double(outline.bounds.right - outline.bounds.left + outline.bounds.top - outline.bounds.bottom)
            // Half a unit along each edge is what rounding can do.
            #expect(abs(before - after) <= around * 2, "glyph \(number): \(before) became \(after)")
            if !outline.entry.isEmpty { inked += 1 }
        }
        #expect(inked > 900)
    }

    @Test func `cubic splines become quadratic ones`() {
        // A quarter of a circle, within a thousandth of the radius.
        let bend = 1_000 * 4 * (2.0.squareRoot() - 1) / 3
        let start = Point(x: 1_000, y: 0)
        let arc = OutlinePen.quadratic(
            start, Point(x: 1_000, y: bend), Point(x: bend, y: 1_000), Point(x: 0, y: 1_000))
        #expect(arc.count == 8 && arc.last == Point(x: 0, y: 1_000))
        for place in Self.polygon([start] + arc + [Point(x: 0, y: 0)]).dropLast() {
            #expect(abs((place.x * place.x + place.y * place.y).squareRoot() - 1_000) < 1)
        }
    }

    /// Signed: holes count against what they are in.
    private static func area(_ contours: [[GlyphOutline.Point]]) -> Double {
        contours.reduce(0) { sum, contour in
            let curve = polygon(contour)
            return sum
                + zip(curve, curve.dropFirst() + curve.prefix(1)).reduce(0) {
                    $0 + ($1.0.x * $1.1.y - $1.1.x * $1.0.y) / 2
                }
        }
    }

    /// Each curve as four lines.
    private static func polygon(_ contour: [GlyphOutline.Point]) -> [(x: Double, y: Double)] {
        var points: [GlyphOutline.Point] = []
        for (point, next) in zip(contour, contour.dropFirst() + contour.prefix(1)) {
            points.append(point)
            if !point.isOnCurve && !next.isOnCurve {
                points.append(Point(x: (point.x + next.x) / 2, y: (point.y + next.y) / 2))
            }
        }
        var result: [(x: Double, y: Double)] = []
        for (index, point) in points.enumerated() {
            guard !point.isOnCurve else {
                result.append((point.x, point.y))
                continue
            }
            let (start, end) = (points[(index + points.count - 1) % points.count], points[(index + 1) % points.count])
            for time in [0.25, 0.5, 0.75] {
                let (a, b, c) = ((1 - time) * (1 - time), 2 * time * (1 - time), time * time)
                result.append(
                    (a * start.x + b * point.x + c * end.x, a * start.y + b * point.y + c * end.y))
            }
        }
        return result
    }
}

/// Reads what ``GlyphOutline`` writes, by the specification of the `glyf` table.
private enum GlyphReader {
    static func contours(of entry: [UInt8]) -> [[GlyphOutline.Point]]? {
        guard !entry.isEmpty else { return [] }
        func word(_ position: Int) -> Int {
            Int(Int16(truncatingIfNeeded: Int(entry[position]) << 8 | Int(entry[position + 1])))
        }
        let ends = (0..<word(0)).map { word(10 + $0 * 2) }
        guard let last = ends.last, word(10 + ends.count * 2) == 0 else { return nil }
        var position = 12 + ends.count * 2
        var flags: [UInt8] = []
        while flags.count <= last {
            flags.append(entry[position])
            position += 1
            if entry[position - 1] & 8 != 0 {
                flags += [UInt8](repeating: entry[position - 1], count: Int(entry[position]))
                position += 1
            }
        }
        func places(short: UInt8, same: UInt8) -> [Int] {
            var place = 0
            return flags.map { flag in
                if flag & short != 0 {
                    place += flag & same != 0 ? Int(entry[position]) : -Int(entry[position])
                    position += 1
                } else if flag & same == 0 {
                    place += word(position)
                    position += 2
                }
                return place
            }
        }
        let (columns, rows) = (places(short: 2, same: 16), places(short: 4, same: 32))
        guard flags.count == last + 1, (entry.count - 1...entry.count).contains(position) else { return nil }
        let points = flags.indices.map { point in
            GlyphOutline.Point(
                x: Double(columns[point]), y: Double(rows[point]), isOnCurve: flags[point] & 1 != 0)
        }
        return zip([-1] + ends, ends).map { Array(points[($0 + 1)...$1]) }
    }
}
