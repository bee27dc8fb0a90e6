/// Divides a drawing into pages: one page as tall as the drawing if PDF readers can show that, otherwise several.
struct Pagination {
    /// A page and its content.
    struct Sheet {
        /// From the top of the drawing, in points.
        var range: Range<Double>
        fileprivate(set) var marks: [Canvas.Mark] = []
        /// The open parts of this page, with their numbers in the drawing.
        fileprivate var open: [(number: Int, role: Canvas.Role)] = []
        /// The parts interrupted by a nested part.
        fileprivate var interrupted: Set<Int> = []
    }

    /// Maximum height of a page in points. Acrobat shows at most 14,400, and a taller page as blank.
    static let maximumPageHeight = 14_000.0
    /// Maximum height of a drawing in points, about 70 pages.
    private static let maximumDrawingHeight = 1e6
    /// How far separate lines may overlap, in points, because placing rounds them.
    private static let tolerance = 0.25

    private(set) var sheets: [Sheet]

    /// - Parameter margins: points above and below the content of each page of a multi-page document.
    /// - Throws: ``DocumentError/pageTooLarge(width:height:)``, also if something indivisible does not fit on a page.
    init(_ canvas: Canvas, width: Double, height: Double, margins: Double) throws(DocumentError) {
        guard width > 0, height > 0 else { throw .drawingFailed("a page must have a size") }
        guard width <= Self.maximumPageHeight, height <= Self.maximumDrawingHeight else {
            throw .pageTooLarge(width: width, height: height)
        }
        sheets = []
        var start = 0.0
        if height > Self.maximumPageHeight {
            let room = Self.maximumPageHeight - margins
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

    /// The end of the page that begins at `start`, at most `limit`: a preferred break if it leaves less than half of
    /// the page empty, otherwise between marks.
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

    /// Assigns each mark to its page, and each part to all pages that contain its marks.
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
    /// Ends and begins parts until exactly `parts` are open.
    fileprivate mutating func turn(to parts: [(number: Int, role: Canvas.Role)]) {
        let shared = zip(open, parts).prefix { $0.number == $1.number }.count
        var wanted = parts
        // cairo drops content that follows a nested part from the structure, unless it is a part too.
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
    /// Its vertical extent in points; nil if it is invisible.
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
