import CommandLineKit
import DrawingKit
import FiscalReceipts
import TestSupport
import Testing

struct ReceiptRendererTests {
    let renderer = ReceiptRenderer()

    @Test(arguments: Fixture.names)
    func `the text matches its golden file`(name: String) throws {
        let text = renderer.text(of: try Fixture.receipt(name))
        #expect(try text == Fixture.golden("\(name).txt", newText: text))
    }

    @Test(arguments: Fixture.names, [42, 48, 24])
    func `no line exceeds the width or contains a control character`(name: String, width: Int) throws {
        let text = renderer.text(of: try Fixture.receipt(name), width: width)
        #expect(text.split(separator: "\n").allSatisfy { TerminalText.width(String($0)) <= width })
        let controls = text.unicodeScalars.filter { $0.properties.generalCategory == .control && $0 != "\n" }
        #expect(controls.isEmpty)
        #expect(!text.contains("nil") && !text.contains("Optional"))
    }

    @Test(arguments: [
        ("one item", [4], false), ("all alike", [4, 4, 4], true), ("one is not", [4, 4, 3], false),
        ("one says nothing", [4, 0], false), ("none says anything", [0, 0], false),
    ])
    func `notes common to all items are printed once`(name: String, methods: [Int], isOnce: Bool) throws {
        let items = methods.map {
            "{\"name\":\"Чай\",\"price\":100,\"quantity\":1,\"sum\":100,\"paymentType\":\($0 == 0 ? "null" : "\($0)")}"
        }
        let json = "{\"items\":[\(items.joined(separator: ","))],\"totalSum\":\(100 * methods.count)}"
        let text = renderer.text(of: try ReceiptParser.receipt(from: [UInt8](json.utf8)))
        #expect(text.contains("Все позиции") == isOnce)
        #expect(text.split(separator: "полный расчёт").count - 1 == (isOnce ? 1 : methods.count { $0 == 4 }))
    }

    @Test(arguments: Fixture.names)
    func `the PDF is valid and its fonts are embedded subsets`(name: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(renderer.pdf(of: try Fixture.receipt(name)), as: "receipt.pdf")
        #expect(try Tool("qpdf", "--check", path).status == 0)
        let fonts = try Tool("pdffonts", path).output.split(separator: "\n").dropFirst(2)
        #expect(!fonts.isEmpty)
        for font in fonts {
            // Embedded, a subset, and with a map to Unicode.
            #expect(font.contains(/^[A-Z]{6}\+/) && font.contains(/yes +yes +yes/), "\(font)")
        }
    }

    @Test func `everything on the receipt can be extracted from the page`() throws {
        let text = try RenderedPage.text(of: Fixture.receipt(Fixture.sale))
        for words in [
            "ООО «Гастрономический театр»", "Ресторан «У камина»", "125009, г. Москва, ул. Тверская, д. 12, стр. 1",
            "ИНН 7825706086", "Кассовый чек", "Приход", "17.09.2024 18:01", "214", "37", "Смирнова Анна",
            "Борщ московский с говядиной и сметаной", "1 × 290.00", "НДС 20% 48.33", "0.154 кг × 2490.00", "383.46",
            "Без НДС", "ИТОГ 1033.46 ₽", "Наличными", "33.46", "Безналичными", "1000.00", "В т. ч. НДС 20%", "112.24",
            "В т. ч. НДС 10%", "32.73", "ОСН", "0001234567012345", "00106700123456", "7281440500751551", "30526",
            "1168453787", "guest@example.org", "noreply@ofd.example", "www.nalog.gov.ru",
        ] { #expect(text.contains(words), "\(words)") }
        #expect(!text.contains("Предоплатой"), "a form of payment that was not used")
    }

    @Test(arguments: [
        ("sale", "t=20240917T1801&s=1033.46&fn=7281440500751551&i=30526&fp=1168453787&n=1"),
        ("refund", "t=20240917T180145&s=331.00&fn=7281440500751551&i=30527&fp=274811&n=2"),
        ("thin", nil), ("changes", nil),
        ("agent", "t=20260214T1948&s=15840.00&fn=7281440500751551&i=40112&fp=3018846120&n=1"),
    ])
    func `a decoder reads the tax authority's code, if there is one`(name: String, code: String?) throws {
        let receipt = try Fixture.receipt(name)
        #expect(FiscalCode.text(of: receipt) == code)
        let directory = try TemporaryDirectory()
        let path = try directory.write(renderer.pdf(of: receipt), as: "receipt.pdf")
        #expect(try Tool("pdftoppm", "-r", "150", "-png", "-singlefile", path, directory.file("page")).status == 0)
        let scan = try Tool("zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", directory.file("page.png"))
        #expect(scan.output == (code.map { "\($0)\n" } ?? ""))
    }

    @Test func `the same receipt gives the same bytes on concurrent threads`() async throws {
        let receipts = try Fixture.names.map(Fixture.receipt)
        let expected = try receipts.map { try renderer.pdf(of: $0) }
        try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for round in 0..<20 {
                let index = round % receipts.count
                group.addTask { (index, try ReceiptRenderer().pdf(of: receipts[index])) }
            }
            for try await (index, pdf) in group { #expect(pdf == expected[index]) }
        }
    }

    @Test func `the page grows with its items`() throws {
        let heights = try [0, 1, 20, 300].map { try RenderedPage.height(of: Fixture.receipt(items: $0)) }
        #expect(heights == heights.sorted() && Set(heights).count == heights.count)
        let each = (heights[3] - heights[2]) / 280
        #expect((20...32).contains(each), "points an item: \(each)")
    }

    @Test func `a page of 20 items with its code stays small`() throws {
        #expect(try renderer.pdf(of: Fixture.receipt(items: 20)).count < 20_000)
    }

    @Test(arguments: [500, 1_200])
    func `a long receipt has several pages, with items undivided and the total at the end`(items: Int) throws {
        var receipt = try Fixture.receipt(items: items)
        for index in receipt.items.indices { receipt.items[index].sum = 1_000_00 + Kopecks(index) * 100 }
        let directory = try TemporaryDirectory()
        let path = try directory.write(renderer.pdf(of: receipt), as: "receipt.pdf")
        #expect(try Tool("qpdf", "--check", path).status == 0)
        let heights = try Tool("pdfinfo", "-l", "99", path).output.matches(of: /size: +226.77 x ([0-9.]+) pts/)
            .compactMap { Double($0.1) }
        #expect(heights.count > 1 && heights.allSatisfy { $0 < 14_400 }, "\(heights)")
        let pages = try Tool("pdftotext", "-layout", path, "-").output.split(separator: "\u{C}")
        #expect(pages.count == heights.count)
        var names: [Int] = []
        for (index, page) in pages.enumerated() {
            let found = page.matches(of: /Товар ([0-9]+)\b/).compactMap { Int($0.1) }
            let sums = page.matches(of: /\ ([0-9]+)\.00\n/).compactMap { Int($0.1) }.prefix(found.count)
            #expect(sums == found.map { 1_000 + $0 - 1 }[...], "each name is above its sum")
            names += found
            #expect(page.contains("ИТОГ") == (index == pages.count - 1))
            #expect(page.replacing(" ", with: "").contains("\n\(index + 1)/\(pages.count)\n"))
        }
        #expect(names == Array(1...items))
        let last = "\(pages.count)"
        let drawn = try Tool(
            "pdftoppm", "-r", "100", "-f", last, "-l", last, "-png", "-singlefile", path, directory.file("page"))
        #expect(drawn.status == 0)
        let scan = try Tool("zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", directory.file("page.png"))
        #expect(scan.output == "\(FiscalCode.text(of: receipt) ?? "")\n")
    }

    @Test(arguments: [
        ("a host", "www.nalog.gov.ru", "https://www.nalog.gov.ru"), ("a page", "https://ofd.example/a_b", "same"),
        ("a user", "www.nalog.gov.ru@a.example", nil), ("a port", "nalog.gov.ru:99", nil), ("a word", "нет", nil),
        ("another scheme", "javascript:alert(1)", nil), ("no domain", "localhost", nil), ("nothing", "", nil),
        ("an empty label", "a..b", nil), ("a quote", "a.b/'", nil), ("a script", "https://javascript", nil),
    ])
    func `the authority's site is a link if it is an address`(name: String, site: String, uri: String?) throws {
        var receipt = try Fixture.receipt(Fixture.sale)
        receipt.verificationSite = site
        let directory = try TemporaryDirectory()
        let path = try directory.write(renderer.pdf(of: receipt), as: "receipt.pdf")
        let links = try Tool("pdfinfo", "-url", path).output.split(separator: "\n").dropFirst()
        #expect(
            links.compactMap { $0.split(separator: " ").last.map(String.init) }
                == (uri.map {
                    [$0 == "same" ? site : $0]
                } ?? []), "\(links)")
    }

    @Test func `a grouped amount is one word of the page's text`() throws {
        var receipt = try Fixture.receipt(items: 1)
        receipt.total = 1_234_567_89
        receipt.payments = [ReceiptPayment(form: .cash, sum: 12_345_00)]
        let words = try RenderedPage.text(of: receipt).split(whereSeparator: \.isWhitespace)
        #expect(words.contains("1234567.89") && words.contains("12345.00"), "\(words)")
    }

    @Test func `long names are wrapped completely`() throws {
        let name = Array(repeating: "Щи суточные", count: 25).joined(separator: " ")
        let receipt = try Fixture.receipt(items: 1, name: name)
        #expect(try RenderedPage.text(of: receipt).replacing("\n", with: " ").contains(name))
        #expect(try RenderedPage.height(of: receipt) > RenderedPage.height(of: Fixture.receipt(items: 1)) + 50)
    }

    @Test(
        arguments: [
            ("a long unit", "упаковка термоусадочная по 12 бутылок", 100_00, true),
            ("a longer one", Array(repeating: "упаковка", count: 40).joined(separator: " "), 100_00, true),
            ("very large amounts", "шт", .max, true), ("a short unit", "кг", 100_00, false),
        ] as [(String, String, Kopecks, Bool)])
    func `a sum is to the right of its calculation or below it`(
        name: String, measure: String, price: Kopecks, isBelow: Bool
    ) throws {
        var receipt = try Fixture.receipt(items: 1)
        receipt.items[0].measure = measure
        receipt.items[0].price = price
        receipt.items[0].sum = price
        receipt.payments = []
        receipt.total = 1
        let boxes = try RenderedPage.words(of: receipt)
        let amount = "\(price / 100).\(price % 100 < 10 ? "0" : "")\(price % 100)"
        // The price is the first of the two, the sum the last.
        let amounts = boxes.filter { $0.text == amount }
        let (of, sum) = (try #require(amounts.first), try #require(amounts.last))
        #expect(amounts.count == 2)
        #expect((sum.top > of.top + 5) == isBelow)
        #expect(isBelow || of.right < sum.left, "\(of) \(sum)")
        #expect(boxes.allSatisfy { $0.left >= 12 && $0.right <= 215 })
    }

    @Test(arguments: [("with a time", "2024-09-17T18:01", true), ("without", nil, false)])
    func `the page has the receipt's time`(name: String, time: String?, isDated: Bool) throws {
        var receipt = try Fixture.receipt(Fixture.sale)
        receipt.time = time.flatMap { ReceiptTime(iso8601: $0) }
        let directory = try TemporaryDirectory()
        let about = try Tool("pdfinfo", directory.write(renderer.pdf(of: receipt), as: "receipt.pdf")).output
        #expect(about.contains("CreationDate") == isDated, "\(about)")
    }

    @Test(arguments: [
        ("Ы", 100_000), ("\u{0}\u{1B}]0;x\u{7}", 1), ("\u{202E}abc", 1), ("🍵日本", 1), ("%s%n", 1), ("", 1),
    ])
    func `no name can break the page`(part: String, count: Int) throws {
        let name = String(repeating: part, count: count)
        var receipt = try Fixture.receipt(items: 1)
        receipt.items[0].name = name
        receipt.seller.name = name
        #expect(try renderer.pdf(of: receipt).starts(with: Array("%PDF-".utf8)))
        #expect(renderer.text(of: receipt).count < 10_000)
    }

    @Test func `an empty receipt has a page`() throws {
        #expect(try RenderedPage.text(of: Receipt()).contains("Кассовый чек"))
    }

    @Test(arguments: [(72, 227), (144, 454), (203, 640), (600, 1890)])
    func `the image is a PNG with the page's proportions`(dotsPerInch: Int, width: Int) throws {
        let receipt = try Fixture.receipt(Fixture.sale)
        let png = try renderer.png(of: receipt, dotsPerInch: dotsPerInch)
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        func number(at offset: Int) -> Int { png[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        #expect(number(at: 16) == width)
        let height = try RenderedPage.height(of: receipt) * Double(dotsPerInch) / 72
        #expect(number(at: 20) == Int(height.rounded(.up)))
        // Below this, a module of the code has two pixels.
        guard dotsPerInch >= 144 else { return }
        let directory = try TemporaryDirectory()
        let scan = try Tool("zbarimg", "-q", "--raw", directory.write(png, as: "receipt.png"))
        #expect(scan.output == "\(FiscalCode.text(of: receipt) ?? "")\n")
    }

    @Test func `title, language and date are the receipt's`() throws {
        let pdf = try renderer.pdf(of: try Fixture.receipt(Fixture.sale))
        let directory = try TemporaryDirectory()
        let about = try Tool("pdfinfo", "-isodates", directory.write(pdf, as: "receipt.pdf")).output
        #expect(about.contains(/Title: +Кассовый чек № 30526 от 17.09.2024 18:01/))
        #expect(about.contains(/Author: +ООО «Гастрономический театр»/))
        #expect(about.contains(/CreationDate: +2024-09-17T18:01:00/))
        #expect(about.contains(/Page size: +226.77 x/))
    }
}
