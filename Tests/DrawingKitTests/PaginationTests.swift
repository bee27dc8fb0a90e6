import TestSupport
import Testing

@testable import DrawingKit

/// Drawings taller than the maximum page.
struct PaginationTests {
    /// The text and the height of each page of a PDF.
    private struct Sheet {
        var height: Double
        var words: [String]
    }

    /// Blocks of 10-point lines below each other, optionally with a preferred page break before each block.
    private static func page(lines: Int, blocks: Int, isNamed: Bool, isPart: Bool = false) -> Page {
        Page(width: 100, numbers: PageTests.body) { canvas in
            var y = 0.0
            func draw() throws {
                for block in 0..<blocks {
                    if isNamed { canvas.pageMayEnd(at: y) }
                    for line in 0..<lines {
                        try canvas.text(
                            "\(block)-\(line)", TextStyle(PageTests.regular, size: 8), x: 5, y: y, width: 90)
                        y += 10
                    }
                }
            }
            if isPart { try canvas.part(.paragraph) { try draw() } } else { try draw() }
            return y
        }
    }

    private static func sheets(_ page: Page) throws -> [Sheet] {
        let directory = try TemporaryDirectory()
        let path = try directory.write(try page.pdf(PageTests.info), as: "page.pdf")
        #expect(try Tool("qpdf", "--check", path).status == 0)
        let about = try Tool("pdfinfo", "-l", "100", path).output
        let heights = about.matches(of: /size: +[0-9.]+ x ([0-9.]+) pts/).compactMap { Double($0.1) }
        let pages = try Tool("pdftotext", "-raw", path, "-").output.split(separator: "\u{C}")
        #expect(heights.count == pages.count)
        return zip(heights, pages).map { height, text in
            Sheet(height: height, words: text.split(separator: "\n").map(String.init))
        }
    }

    @Test(arguments: [
        ("one page", 2, 700, true, 1), ("just one more line", 1, 1_401, true, 2), ("several pages", 3, 1_500, true, 4),
        ("lines alone", 4_000, 1, false, 3), ("a block taller than a page", 2_000, 2, true, 3),
    ])
    func `content taller than a page continues on the next`(
        name: String, lines: Int, blocks: Int, isNamed: Bool, count: Int
    ) throws {
        let sheets = try Self.sheets(Self.page(lines: lines, blocks: blocks, isNamed: isNamed))
        #expect(sheets.count == count, "\(name)")
        #expect(sheets.allSatisfy { $0.height <= Pagination.maximumPageHeight })
        var words = sheets.flatMap(\.words)
        if count > 1 {
            let numbers = (1...count).map { "\($0) / \(count)" }
            #expect(sheets.compactMap(\.words.last) == numbers)
            words.removeAll { numbers.contains($0) }
        }
        #expect(words == (0..<blocks).flatMap { block in (0..<lines).map { "\(block)-\($0)" } })
    }

    @Test func `a page ends at a preferred break, not within a block`() throws {
        let sheets = try Self.sheets(Self.page(lines: 7, blocks: 400, isNamed: true))
        #expect(sheets.count == 3)
        for sheet in sheets {
            #expect(sheet.words.first?.hasSuffix("-0") == true)
            #expect(sheet.words.dropLast().last?.hasSuffix("-6") == true)
        }
    }

    @Test func `a part on several pages is tagged on each`() throws {
        let directory = try TemporaryDirectory()
        let page = Self.page(lines: 1, blocks: 3_000, isNamed: true, isPart: true)
        let path = try directory.write(try page.pdf(PageTests.info), as: "page.pdf")
        let tree = try Tool("pdfinfo", "-struct", path).output
        #expect(
            tree.split(whereSeparator: \.isWhitespace) == ["Document"]
                + [[Substring]](
                    repeating: ["P", "(block)"], count: 3
                ).joined())
    }

    @Test func `indivisible content taller than a page is an error`() {
        let page = Page(width: 100, numbers: PageTests.body) { canvas in
            canvas.line(from: (10, 0), to: (10, 20_000), thickness: 1)
            return 20_000
        }
        #expect(throws: DocumentError.pageTooLarge(width: 100, height: 20_000)) { try page.pdf(PageTests.info) }
    }

    @Test func `an empty drawing has one page`() throws {
        let directory = try TemporaryDirectory()
        let page = Page(width: 100, numbers: PageTests.body) { _ in 30_000 }
        let path = try directory.write(try page.pdf(PageTests.info), as: "page.pdf")
        #expect(try Tool("pdfinfo", path).output.contains(/Pages: +3/))
    }

    @Test func `an image is not divided, however tall it is`() throws {
        let png = try Self.page(lines: 1, blocks: 2_000, isNamed: true).png(scale: 1)
        func number(at offset: Int) -> Int { png[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        #expect((number(at: 16), number(at: 20)) == (100, 20_000))
    }
}
