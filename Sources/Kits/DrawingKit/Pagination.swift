/// A drawing on as many pages as it takes: one as tall as the drawing, where a reader can show that.
struct Pagination {
    /// A page, and what is drawn on it.
    struct Sheet {
        /// From the top of the drawing, in points.
        var range: Range<Double>
        fileprivate(set) var marks: [Canvas.Mark] = []
        /// The parts begun on this page and not yet ended, with their numbers in the drawing.
        fileprivate var open: [(number: Int, role: Canvas.Role)] = []
        /// The parts that a part within them has ended.
        fileprivate var interrupted: Set<Int> = []
    }

    /// Points of one page. Acrobat shows 14,400 at most, and nothing of a page that is taller.
    static let tallestPage = 14_000.0
    /// Points of a drawing, on some 70 pages.
    private static let tallestDrawing = 1e6
    /// How far lines may overlap without belonging together, in points; placing rounds them.
    private static let tolerance = 0.25

    private(set) var sheets: [Sheet]

    /// - Parameter margins: points that a page of several needs above and below what is on it.
    /// - Throws: ``DocumentError/pageTooLarge(width:height:)``, also where something that cannot be cut fits no page.
    init(_ canvas: Canvas, width: Double, height: Double, margins: Double) throws(DocumentError) {
        guard width > 0, height > 0 else { throw .drawingFailed("a page has to have a size") }
        guard width <= Self.tallestPage, height <= Self.tallestDrawing else {
            throw .pageTooLarge(width: width, height: height)
        }
        sheets = []
        var start = 0.0
        if height > Self.tallestPage {
            let room = Self.tallestPage - margins
            while height - start > room {
                guard let end = Self.end(of: start, start + room, canvas) else {
                    throw .pageTooLarge(width: width, height: height)
                }
                sheets.append(Sheet(range: start..<end))
                start = end
            }
        }
        sheets.append(Sheet(range: start..<height))
        distribute(canvas.marks)
    }

    /// Where a page that begins at `start` ends, at `limit` at most: where it was named if that leaves less than half
    /// of it empty, otherwise between marks.
    private static func end(of start: Double, _ limit: Double, _ canvas: Canvas) -> Double? {
        if let best = canvas.breaks.last(where: { $0 <= limit }), best > (start + limit) / 2 { return best }
        var end = limit
        while end > start {
            let cut = canvas.marks.lazy.compactMap(\.extent)
                .filter { $0.lowerBound < end - tolerance && end + tolerance < $0.upperBound }
            guard let top = cut.map(\.lowerBound).min() else { return end }
            end = top
        }
        return nil
    }

    /// Puts each mark on its page, and each part on all pages it has marks on.
    private mutating func distribute(_ marks: [Canvas.Mark]) {
        var open: [(number: Int, role: Canvas.Role)] = []
        for (number, mark) in marks.enumerated() {
            switch mark {
            case .begin(let role): open.append((number, role))
            case .end: open.removeLast()
            case .text, .reading, .line, .code:
                let middle = mark.extent.map { ($0.lowerBound + $0.upperBound) / 2 } ?? 0
                let page = sheets.lastIndex { $0.range.lowerBound <= middle } ?? 0
                sheets[page].turn(to: open)
                sheets[page].marks.append(mark)
            }
        }
        for page in sheets.indices { sheets[page].turn(to: []) }
    }
}

extension Pagination.Sheet {
    /// Ends and begins parts, until those of `parts` are open.
    fileprivate mutating func turn(to parts: [(number: Int, role: Canvas.Role)]) {
        let shared = zip(open, parts).prefix { $0.number == $1.number }.count
        var wanted = parts
        // What a part holds behind a part within it is lost to cairo's structure, unless it is a part too.
        if let last = parts.last, interrupted.contains(last.number) || (shared == parts.count && open.count > shared) {
            wanted.append((-last.number - 1, .span))
        }
        let kept = zip(open, wanted).prefix { $0.number == $1.number }.count
        for part in open[kept...].reversed() { marks.append(.end(part.role)) }
        if open.count > kept, kept > 0 { interrupted.insert(open[kept - 1].number) }
        for part in wanted[kept...] { marks.append(.begin(part.role)) }
        open = wanted
    }
}

extension Canvas.Mark {
    /// From its top to its bottom, in points; nil of what is not seen.
    fileprivate var extent: ClosedRange<Double>? {
        switch self {
        case .text(let block, _, let y): y...(y + block.height)
        case .reading(_, let blocks, let y): y...(y + (blocks.map(\.block.height).max() ?? 0))
        case .line(let start, let end, let thickness, _):
            (min(start.y, end.y) - thickness / 2)...(max(start.y, end.y) + thickness / 2)
        case .code(_, _, let y, let side): y...(y + side)
        case .begin, .end: nil
        }
    }
}
