/// The operators that draw a page (ISO 32000-1, 8 and 9), written where something changes.
///
/// All lengths are thousandths of a point, from the lower left corner.
struct PDFContent {
    private(set) var bytes: [UInt8] = []

    private var isInText = false
    /// Where the last text began, within ``isInText``.
    private var origin = (x: 0, y: 0)
    private var font: (name: Int, size: Int)?
    private var gray = 0
    private var thickness = 1000
    private var isDotted = false

    /// Glyphs of one font on one line.
    struct Text {
        /// Whether it is seen, but not to be read.
        var isSilent = false
        /// Its name is `F` and this number.
        var font: Int
        var size: Int
        /// Black is 0, white 1,000.
        var gray: Int
        var x: Int
        var y: Int
        var codes: [UInt8] = []
        /// Before which codes the pen goes back, in order, and by how many thousandths of an em.
        var kerns: [(before: Int, distance: Int)] = []
    }

    mutating func show(_ text: Text) {
        beginText()
        if gray != text.gray {
            write(text.gray)
            write(" g\n")
            gray = text.gray
        }
        if font.map({ $0 != (text.font, text.size) }) ?? true {
            write("/F\(text.font) ")
            write(text.size)
            write(" Tf\n")
            font = (text.font, text.size)
        }
        if text.isSilent { beginReading("") }
        write(text.x - origin.x)
        write(" ")
        write(text.y - origin.y)
        write(text.kerns.isEmpty ? " Td(" : " Td[(")
        origin = (text.x, text.y)
        var start = 0
        for kern in text.kerns {
            bytes += text.codes[start..<kern.before]
            write(")")
            write(kern.distance * 1000)
            write("(")
            start = kern.before
        }
        bytes += text.codes[start...]
        write(text.kerns.isEmpty ? ")Tj\n" : ")]TJ\n")
        if text.isSilent { endReading() }
    }

    /// Begins texts that read as this one, whatever is seen (ISO 32000-1, 14.9.4).
    mutating func beginReading(_ text: String) {
        beginText()
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) && !"()\\".utf8.contains($0) }
        write("/Span<</ActualText\(isPlain ? "(\(text))" : PDFText.string(text))>>BDC\n")
    }

    mutating func endReading() { write("EMC\n") }

    private mutating func beginText() {
        guard !isInText else { return }
        write("BT\n")
        origin = (0, 0)
        isInText = true
    }

    /// A black line.
    mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int), thickness: Int, isDotted: Bool) {
        endText()
        if thickness != self.thickness || isDotted != self.isDotted {
            write(thickness)
            write(isDotted ? " w 1 J[0 " : " w 0 J[")
            if isDotted { write(3 * thickness) }
            write("]0 d\n")
            (self.thickness, self.isDotted) = (thickness, isDotted)
        }
        write(start.x)
        write(" ")
        write(start.y)
        write(" m ")
        write(end.x)
        write(" ")
        write(end.y)
        write(" l S\n")
    }

    /// The picture named `I` and a number, in a square with this lower left corner.
    mutating func picture(_ name: Int, x: Int, y: Int, side: Int) {
        endText()
        write("q ")
        write(side)
        write(" 0 0 ")
        write(side)
        for length in [x, y] {
            write(" ")
            write(length)
        }
        write(" cm/I\(name) Do Q\n")
    }

    /// Begins what the document's structure refers to by `number`.
    mutating func begin(_ role: Canvas.Role, _ number: Int) {
        endText()
        write("/\(role.rawValue)<</MCID \(number)>>BDC\n")
    }

    mutating func end() {
        endText()
        write("EMC\n")
    }

    mutating func endText() {
        if isInText { write("ET\n") }
        isInText = false
    }

    private mutating func write(_ text: String) { bytes += text.utf8 }

    private mutating func write(_ thousandths: Int) { PDFText.append(thousandths, to: &bytes) }
}
