import DrawingKit
import TestSupport
import Testing

struct PageTests {
    static let regular = Typeface(family: "Roboto Condensed", debianPackage: "fonts-roboto-unhinted")
    static let body = TextStyle(regular, size: 9)
    static let info = DocumentInfo(
        title: "Заголовок", author: "Кафе (у дома)", creator: "tests", created: "2026-01-31T09:30:00Z",
        language: "ru-RU")

    /// A page with one of everything.
    static let page = Page(width: 200, numbers: PageTests.body) { canvas in
        let height = try canvas.part(.paragraph) {
            try canvas.text("Съешь ещё этих мягких французских булок ₽", body, x: 10, y: 10, width: 180)
        }
        canvas.line(from: (10, 40), to: (190, 40), thickness: 0.5, dash: .dotted)
        canvas.code(try QRCode("page"), x: 50, y: 50, side: 60)
        return height + 120
    }

    @Test func `the text can be extracted, the fonts are embedded subsets, the file is valid`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(try Self.page.pdf(Self.info), as: "page.pdf")
        #expect(try Tool("pdftotext", "-raw", path, "-").output.contains("мягких французских булок ₽"))
        #expect(try Tool("qpdf", "--check", path).status == 0)
        let fonts = try Tool("pdffonts", path).output.split(separator: "\n").dropFirst(2)
        #expect(!fonts.isEmpty)
        for font in fonts {
            #expect(font.contains(/[A-Z]{6}\+Roboto-?Condensed/))
            #expect(font.contains(/yes +yes +yes/), "embedded, subset, mapped to Unicode: \(font)")
        }
    }

    @Test func `title, author, date, language and structure are in the file`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(try Self.page.pdf(Self.info), as: "page.pdf")
        let about = try Tool("pdfinfo", "-isodates", path).output
        #expect(about.contains(/Title: +Заголовок/))
        #expect(about.contains(/Author: +Кафе \(у дома\)/))
        #expect(about.contains(/CreationDate: +2026-01-31T09:30:00Z/))
        #expect(about.contains(/Creator: +tests/))
        #expect(about.contains(/Tagged: +yes/))
        let plain = try Tool("qpdf", "--qdf", "--object-streams=disable", path, "-").output
        #expect(plain.contains("/Lang (ru-RU)"))
        let structure = try Tool("pdfinfo", "-struct-text", path).output
        #expect(structure.contains("P (block)"))
        #expect(structure.contains("французских"))
    }

    @Test func `a decoder reads the code on the page`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(try Self.page.png(scale: 3), as: "page.png")
        #expect(try Tool("zbarimg", "-q", "--raw", path).output == "page\n")
    }

    @Test func `an image states its print size`() throws {
        let png = try Self.page.png(scale: 1)
        // 72 dpi is 2,835 pixels per metre.
        let density: [UInt8] = [
            0, 0, 0, 9, 0x70, 0x48, 0x59, 0x73, 0, 0, 0x0B, 0x13, 0, 0, 0x0B, 0x13, 1, 0, 0x9A, 0x9C, 0x18,
        ]
        #expect(Array(png[33..<54]) == density)
        #expect(try Self.page.png(scale: 2)[41..<45] == [0, 0, 0x16, 0x25])
    }

    @Test func `the same drawing gives the same bytes on concurrent threads`() async throws {
        let first = (pdf: try Self.page.pdf(Self.info), png: try Self.page.png())
        try await withThrowingTaskGroup(of: (pdf: [UInt8], png: [UInt8]).self) { group in
            for _ in 0..<16 { group.addTask { (try Self.page.pdf(Self.info), try Self.page.png()) } }
            for try await again in group {
                #expect(again.pdf == first.pdf)
                #expect(again.png == first.png)
            }
        }
    }

    @Test func `the page is as tall as its content`() throws {
        for height in [50.0, 14_000] {
            let page = Page(width: 200, numbers: PageTests.body) { canvas in
                try canvas.text("x", Self.body, x: 0, y: height - 20, width: 100)
                return height
            }
            let directory = try TemporaryDirectory()
            let path = try directory.write(try page.pdf(Self.info), as: "page.pdf")
            #expect(try Tool("pdfinfo", path).output.contains("200 x \(Int(height)) pts"))
        }
    }

    @Test func `blocks measure their text`() throws {
        let page = Page(width: 100, numbers: PageTests.body) { canvas in
            let text = "one two three four five six seven eight nine ten"
            let line = try canvas.block(text, Self.body)
            let wrapped = try canvas.block(text, Self.body, width: 60)
            let bold = try canvas.block(text, TextStyle(Typeface(family: "Roboto Condensed", weight: .bold), size: 9))
            #expect(line.width > 100 && wrapped.width <= 60)
            #expect(wrapped.height > 2.5 * line.height)
            #expect(bold.width > line.width)
            #expect(line.baseline > 0 && line.baseline < line.height)
            #expect(wrapped.baseline == line.baseline)
            return 10
        }
        _ = try page.png()
    }

    @Test func `a word longer than the line is broken, and a NUL does not end the text`() throws {
        let page = Page(width: 100, numbers: PageTests.body) { canvas in
            let block = try canvas.block(String(repeating: "Щ", count: 300) + "\u{0}end", Self.body, width: 80)
            #expect(block.width <= 80)
            canvas.place(block, x: 10, y: 0)
            return block.height
        }
        let directory = try TemporaryDirectory()
        let path = try directory.write(try page.pdf(Self.info), as: "page.pdf")
        #expect(try Tool("pdftotext", "-raw", path, "-").output.contains("end"))
    }

    @Test func `an error names the missing font and its package`() {
        let page = Page(width: 100, numbers: PageTests.body) { canvas in
            try canvas.text(
                "x", TextStyle(Typeface(family: "No Such Font", debianPackage: "fonts-none"), size: 9), x: 0, y: 0,
                width: 10)
        }
        #expect(throws: DocumentError.fontMissing(family: "No Such Font", debianPackage: "fonts-none")) {
            try page.pdf(Self.info)
        }
    }

    @Test(arguments: [0, -1, .nan, .infinity, 1_000])
    func `an impossible image size is an error`(scale: Double) {
        #expect(throws: DocumentError.self) { try Self.page.png(scale: scale) }
    }

    @Test(
        arguments: [
            ("as tall as an image can be", 100, 32_767, 1, nil), ("taller", 100, 32_768, 1, 71),
            ("taller by its scale", 100, 20_000, 2, 117), ("too many pixels in all", 10_000, 10_000, 1, 58),
        ] as [(String, Double, Double, Double, Int?)])
    func `an image that is too large is an error that states what would fit`(
        name: String, width: Double, height: Double, scale: Double, dpi: Int?
    ) throws {
        let page = Page(width: width, numbers: Self.body) { _ in height }
        do {
            _ = try page.png(scale: scale)
            #expect(dpi == nil)
        } catch let error as DocumentError {
            let (columns, rows) = (Int(width * scale), Int(height * scale))
            let fitting = try #require(dpi)
            #expect(error == .imageTooLarge(width: columns, height: rows, fittingDPI: fitting))
            // Accepted at the limit and rejected beyond it.
            if width < 1_000 { #expect(try !page.png(scale: Double(fitting) / 72).isEmpty) }
        }
    }
}
