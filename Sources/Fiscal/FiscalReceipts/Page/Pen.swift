import DrawingKit

/// Lays out the lines of a receipt from top to bottom, between two margins.
struct Pen {
    enum Rule: Double {
        case thin = 0.4
        case thick = 1.2
    }

    private static let margin = 13.0
    private static let top = 16.0
    private static let bottom = 18.0
    /// Maximum, in points.
    private static let codeSide = 112.0
    /// Minimum gap between texts on one line.
    private static let gap = 6.0

    private static let indent = 9.0

    private let canvas: Canvas
    private var left: Double
    private let right: Double
    private var y = Self.top

    init(canvas: Canvas, pageWidth: Double) {
        self.canvas = canvas
        left = Self.margin
        right = pageWidth - Self.margin
    }

    /// The height of the page, including its lower margin.
    var end: Double { (y + Self.bottom).rounded(.up) }

    private var width: Double { right - left }

    /// Lays out indented lines that belong to the lines above.
    mutating func indented(_ set: (inout Pen) throws -> Void) rethrows {
        left += Self.indent
        defer { left -= Self.indent }
        try set(&self)
    }

    mutating func skip(_ height: Double) { y += height }

    /// Marks a preferred page break.
    func pageMayEnd() { canvas.pageMayEnd(at: y) }

    mutating func rule(_ rule: Rule) {
        canvas.line(from: (left, y), to: (right, y), thickness: rule.rawValue)
        y += rule.rawValue
    }

    mutating func center(_ text: String, _ style: TextStyle) throws {
        let line = try canvas.block(text, style)
        guard line.width > width else { return center(line) }
        let lines = try BalancedLines.lines(of: text, width: width) { try canvas.block($0, style).width }
        guard let lines else { return try paragraph(text, style) }
        for line in lines { center(try canvas.block(line, style)) }
    }

    private mutating func center(_ line: TextBlock) {
        canvas.place(line, x: left + (width - line.width) / 2, y: y)
        y += line.height
    }

    mutating func paragraph(_ text: String, _ style: TextStyle) throws {
        y += try canvas.text(text, style, x: left, y: y, width: width)
    }

    /// A label on the left and its value on the right, or one below the other if they do not fit side by side.
    mutating func row(
        _ entry: ReceiptSheet.Entry, _ labelStyle: TextStyle, _ valueStyle: TextStyle, leader: Bool = false
    ) throws {
        let label = try canvas.block(entry.label, labelStyle, width: width)
        let value = try Figures(entry.value, valueStyle, on: canvas)
        let available = width - label.width - value.width
        guard available >= Self.gap else {
            canvas.place(label, x: left, y: y)
            y += label.height
            guard value.width > width else {
                value.place(on: canvas, x: right - value.width, y: y)
                y += value.height
                return
            }
            return try paragraph(entry.value, valueStyle)
        }
        let baseline = max(label.baseline, value.baseline)
        canvas.place(label, x: left, y: y + baseline - label.baseline)
        value.place(on: canvas, x: right - value.width, y: y + baseline - value.baseline)
        if leader, available > 4 * Self.gap {
            let dots = y + baseline - 0.4
            canvas.line(
                from: (left + label.width + Self.gap / 2, dots), to: (right - value.width - Self.gap / 2, dots),
                thickness: 0.5, dash: .dotted)
        }
        y += max(label.height, value.height)
    }

    /// Two small texts and a sum on one line. If they do not fit, the middle text goes below, and the first one above,
    /// wrapped.
    mutating func columns(
        _ text: String, _ middle: String, _ last: String, _ style: TextStyle, _ sumStyle: TextStyle
    ) throws {
        let column = left + width * 0.4
        let last = try Figures(last, sumStyle, on: canvas)
        var first = try Figures(text, style, on: canvas)
        if first.width + Self.gap + last.width > width {
            try paragraph(text, style)
            first = try Figures("", style, on: canvas)
        }
        let middle = try Figures(middle, style, on: canvas)
        let baseline = max(first.baseline, last.baseline)
        first.place(on: canvas, x: left, y: y + baseline - first.baseline)
        last.place(on: canvas, x: right - last.width, y: y + baseline - last.baseline)
        let start = max(column, left + first.width + Self.gap)
        let fits = start + middle.width + Self.gap <= right - last.width
        if fits { middle.place(on: canvas, x: start, y: y + baseline - middle.baseline) }
        y += max(first.height, last.height)
        if !fits {
            middle.place(on: canvas, x: left, y: y)
            y += middle.height
        }
    }

    /// A centered code with its quiet zone.
    mutating func code(_ code: QRCode) {
        // Integral module boundaries keep the file small and the print sharp.
        let module = max(2, (Self.codeSide / Double(code.size)).rounded(.down))
        let side = module * Double(code.size)
        y = (y + (Double(QRCode.quietZone) + 0.5) * module).rounded(.up) - module / 2
        canvas.code(code, x: ((left + right - side) / 2).rounded(), y: y, side: side)
        y += side
    }
}
