/// One page with everything on it, as a PDF.
struct PDFPage {
    /// Points.
    let width: Double
    let height: Double

    private var file: PDFFile
    private var fonts: PDFFonts
    private var content = PDFContent()
    private var structure = PDFStructure()
    private var pictures: [Int] = []

    /// Points; readers give up long before.
    private static let largestSide = 1e6

    init(width: Double, height: Double) throws(DocumentError) {
        guard width > 0, height > 0 else { throw .drawingFailed("a page has to have a size") }
        guard max(width, height) <= Self.largestSide else { throw .pageTooLarge(width: width, height: height) }
        (self.width, self.height) = (width, height)
        file = try PDFFile()
        fonts = try PDFFonts()
    }

    /// The whole file of what was taken down.
    mutating func bytes(_ marks: [Canvas.Mark], _ info: DocumentInfo) throws -> [UInt8] {
        // Glyphs have codes once all of them are known.
        var runs: [[PDFFonts.Run]] = []
        for case .text(let block, _, _) in marks { runs.append(try fonts.runs(of: block)) }
        let fontObjects = fonts.embed(in: &file)
        var rest = runs[...]
        for mark in marks { draw(mark, &rest) }

        let page = file.reserve()
        let tree = file.add("<</Type/Pages/Kids[\(page) 0 R]/Count 1>>")
        let resources =
            Self.resources("Font", "F", fontObjects) + Self.resources("XObject", "I", pictures)
        let box = PDFText.number(width) + " " + PDFText.number(height)
        let stream = file.addStream("", content.bytes)
        file.set(
            page,
            "<</Type/Page/Parent \(tree) 0 R/MediaBox[0 0 \(box)]/StructParents 0/Contents \(stream) 0 R"
                + "/Resources<<\(resources)>>>>")
        let language = Self.isTag(info.language) ? "/Lang(\(info.language))" : ""
        let root = file.add(
            "<</Type/Catalog/Pages \(tree) 0 R/StructTreeRoot \(structure.add(to: &file, page: page)) 0 R\(language)"
                + "/MarkInfo<</Marked true>>/ViewerPreferences<</DisplayDocTitle true>>>>")
        let date = info.created.flatMap(PDFText.date).map { "/CreationDate\($0)" } ?? ""
        let about = file.add(
            "<</Title\(PDFText.string(info.title))/Author\(PDFText.string(info.author))\(date)>>")
        return file.finished(root: root, info: about)
    }

    private mutating func draw(_ mark: Canvas.Mark, _ runs: inout ArraySlice<[PDFFonts.Run]>) {
        switch mark {
        case .begin(let role): return structure.begin(role, &content)
        case .end: return structure.end(&content)
        case .text, .line, .code, .beginReading, .endReading: structure.mark(&content)
        }
        switch mark {
        case .begin, .end: break
        case .beginReading(let text): content.beginReading(text)
        case .endReading: content.endReading()
        case .text(let block, let x, let y):
            for run in runs.removeFirst() {
                let texts = fonts.texts(
                    run, size: block.size, gray: block.gray, x: x + run.x, y: height - y - run.baseline)
                for text in texts { content.show(text) }
            }
        case .line(let start, let end, let thickness, let dash):
            content.line(
                from: place(start), to: place(end), thickness: Length.thousandths(thickness),
                isDotted: dash == .dotted)
        case .code(let code, let x, let y, let side):
            let corner = place((x, y + side))
            content.picture(pictures.count, x: corner.x, y: corner.y, side: Length.thousandths(side))
            pictures.append(code.add(to: &file))
        }
    }

    /// From the top left corner to the lower left one.
    private func place(_ point: (x: Double, y: Double)) -> (x: Int, y: Int) {
        (Length.eighths(point.x), Length.eighths(height - point.y))
    }

    private static func resources(_ kind: String, _ prefix: String, _ objects: [Int]) -> String {
        let entries = objects.enumerated().map { "/\(prefix)\($0) \($1) 0 R" }
        return objects.isEmpty ? "" : "/\(kind)<<\(entries.joined())>>"
    }

    private static func isTag(_ language: String) -> Bool {
        !language.isEmpty && language.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }
}

extension QRCode {
    /// Adds the code without its quiet zone as a picture of one bit a pixel, a tenth of what its lines would take.
    fileprivate func add(to file: inout PDFFile) -> Int {
        // More than a pixel a module, for readers that soften the edges between pixels.
        let module = 4
        let side = size * module
        var pixels: [UInt8] = []
        for y in 0..<size {
            var row = [UInt8](repeating: 0xFF, count: (side + 7) / 8)
            for x in 0..<size where isDark(x, y) {
                row[x * module / 8] &= x % 2 == 0 ? 0x0F : 0xF0
            }
            for _ in 0..<module { pixels += row }
        }
        return file.addStream(
            "/Type/XObject/Subtype/Image/Width \(side)/Height \(side)/ColorSpace/DeviceGray/BitsPerComponent 1", pixels)
    }
}
