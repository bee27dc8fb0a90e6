import DrawingKit
import TestSupport
import Testing

struct PDFPageTests {
    private static func page(_ text: String) -> Page {
        Page(width: 200, numbers: PageTests.body) { canvas in
            try canvas.text(text, PageTests.body, x: 10, y: 10, width: 180) + 20
        }
    }

    private static let manyLetters = String(
        String.UnicodeScalarView((0xC0...0x17F).compactMap { Unicode.Scalar($0 as UInt32) }))

    @Test(arguments: [
        ("more characters than a font has codes", Self.manyLetters),
        ("letters with marks", "ё е\u{308} é e\u{301} x\u{323}\u{301}"), ("ligatures", "office affluent fjord"),
        ("a word that is broken with a hyphen", String(repeating: "Щи", count: 60)), ("from right to left", "שלום"),
        ("characters that few fonts have", "\u{1F375} 日本 \u{10FFFD}"),
        ("what means something to a PDF", #"(\) )( \n << >> % /F0 <41> ]"#),
    ])
    func `text on a page can be extracted`(name: String, text: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(try Self.page(text).pdf(PageTests.info), as: "page.pdf")
        #expect(try Tool("qpdf", "--check", path).status == 0)
        // The reader adds directional marks around right-to-left text.
        func essence(_ text: String) -> String {
            let marks = "\u{202A}"..."\u{202E}"
            return String(
                String.UnicodeScalarView(
                    text.unicodeScalars.filter { !$0.properties.isWhitespace && !marks.contains(String($0)) }))
        }
        let read = try Tool("pdftotext", "-raw", "-nopgbrk", path, "-").output
        #expect(essence(read) == essence(text), "\(name)")
    }

    @Test func `earlier drawings have no influence`() throws {
        let texts = ["один", "два, три", "три", "ДВА"]
        let first = try texts.map { try Self.page($0).pdf(PageTests.info) }
        let again = try texts.reversed().map { try Self.page($0).pdf(PageTests.info) }
        #expect(first == again.reversed())
        #expect(Set(first).count == texts.count)
    }

    @Test func `nested parts form a tree`() throws {
        let page = Page(width: 200, numbers: PageTests.body) { canvas in
            try canvas.part(.figure) {
                _ = try canvas.part(.paragraph) { try canvas.text("one", PageTests.body, x: 0, y: 0, width: 100) }
                try canvas.text("two", PageTests.body, x: 0, y: 20, width: 100)
                _ = try canvas.part(.paragraph) { try canvas.text("three", PageTests.body, x: 0, y: 40, width: 100) }
                return 60
            }
        }
        let directory = try TemporaryDirectory()
        let path = try directory.write(try page.pdf(PageTests.info), as: "page.pdf")
        #expect(try Tool("qpdf", "--check", path).status == 0)
        let tree = try Tool("pdfinfo", "-struct-text", path).output
        let words = tree.split(whereSeparator: \.isWhitespace).filter { $0 != "(block)" && $0 != "(grouping)" }
        #expect(
            words == ["Document", "Figure", "P", "\"one\"", "Span", "(inline)", "\"two\"", "P", "\"three\""], "\(tree)")
    }

    @Test(arguments: [
        ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z"), ("2026-01-31T09:30:00", "2026-01-31T09:30:00Z"),
        ("2026-01-31T09:30:00+03:00", "2026-01-31T09:30:00+03"), ("", nil), ("2026-01-31T09:30:00) /X", nil),
        (nil, nil),
    ])
    func `the date is the document's, never the time of drawing`(iso8601: String?, date: String?) throws {
        var info = PageTests.info
        info.created = iso8601
        let directory = try TemporaryDirectory()
        let path = try directory.write(try Self.page("x").pdf(info), as: "page.pdf")
        #expect(try Tool("qpdf", "--check", path).status == 0)
        let about = try Tool("pdfinfo", "-isodates", path).output
        #expect(about.firstMatch(of: /CreationDate: +(.*)/).map { String($0.1) } == date, "\(about)")
    }

    @Test(arguments: [
        ("Latin", #"\) /X (a\"#), ("not Latin", "Кафе (у дома"), ("beyond 16 bits", "🍵"),
        ("a catalog", "<< /Type /Catalog\n"),
        ("nothing", ""),
    ])
    func `title and author may be any text`(name: String, text: String) throws {
        var info = PageTests.info
        (info.title, info.author) = (text, text)
        let directory = try TemporaryDirectory()
        let path = try directory.write(try Self.page("x").pdf(info), as: "page.pdf")
        #expect(try Tool("qpdf", "--check", path).status == 0)
        let about = try Tool("pdfinfo", path).output
        #expect(about.contains(/Tagged: +yes/))
        if !text.contains("\n"), !text.isEmpty { #expect(about.contains("Author:          \(text)\n"), "\(about)") }
    }

    @Test(arguments: [
        ("ru-RU", true), ("en", true), ("", false), ("ru) /X (", false),
    ])
    func `a valid language is in the catalog`(language: String, isThere: Bool) throws {
        var info = PageTests.info
        info.language = language
        let directory = try TemporaryDirectory()
        let path = try directory.write(try Self.page("x").pdf(info), as: "page.pdf")
        #expect(try Tool("qpdf", "--check", path).status == 0)
        let plain = try Tool("qpdf", "--qdf", "--object-streams=disable", path, "-").output
        #expect(plain.contains("/Lang (\(language))") == isThere)
        #expect(!plain.contains("/X"))
    }

    @Test(arguments: [
        ("an address", "https://www.nalog.gov.ru", true), ("with a query", "https://a.example/?b=%20c&d", true),
        ("not ASCII", "https://пример.рф", false), ("a quote", "https://a.example/' dest='x", false),
        ("a parenthesis", "https://a.example/)", false), ("a blank", "https://a.example/ b", false),
        ("nothing", "", false),
    ])
    func `a link leads to its URI, or is plain text`(name: String, uri: String, isLink: Bool) throws {
        let page = Page(width: 200, numbers: PageTests.body) { canvas in
            try canvas.part(.paragraph) {
                try canvas.part(.link(to: uri)) { try canvas.text("here", PageTests.body, x: 10, y: 10, width: 180) }
                    + 20
            }
        }
        let directory = try TemporaryDirectory()
        let path = try directory.write(try page.pdf(PageTests.info), as: "page.pdf")
        #expect(try Tool("qpdf", "--check", path).status == 0)
        let links = try Tool("pdfinfo", "-url", path).output
        #expect((links.contains("Annotation") && links.contains(uri)) == isLink, "\(links)")
        #expect(try Tool("pdftotext", path, "-").output.contains("here"))
    }

    @Test func `an empty page is valid`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            try Page(width: 50, numbers: PageTests.body) { _ in 50 }.pdf(PageTests.info), as: "page.pdf")
        #expect(try Tool("qpdf", "--check", path).status == 0)
        #expect(try Tool("pdfinfo", path).output.contains("Page size:       50 x 50 pts"))
    }

    @Test(arguments: [0, -1, .nan, .infinity, 1e9])
    func `an impossible page size is an error`(height: Double) {
        #expect(throws: DocumentError.self) {
            try Page(width: 50, numbers: PageTests.body) { _ in height }.pdf(PageTests.info)
        }
    }
}
