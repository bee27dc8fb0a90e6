import DrawingKit
import TestSupport
import Testing

struct QRCodeTests {
    static let texts = [
        "t=20240917T1801&s=1285.21&fn=7281440500751551&i=30526&fp=1168453787&n=1",
        "https://example.org/orders?order_id=7F00&restaurant_id=cafe&kid=k1&hmac=9f86d081884c7d659a2feaa0c55ad015",
        "Кассовый чек №1",
        "1",
        String(repeating: "x", count: 150),
    ]

    @Test(arguments: texts, QRCode.ErrorCorrection.allCases)
    func `a decoder reads the PNG`(text: String, errorCorrection: QRCode.ErrorCorrection) throws {
        let code = try QRCode(text, errorCorrection: errorCorrection)
        #expect(try decoded(png: code.png(moduleSize: 4)) == text)
    }

    /// A style, a theme, and whether a decoder can read the style in the theme.
    static let screens: [(QRCode.TerminalStyle, TerminalPicture.Theme, Bool)] = [
        (.ansi, .dark, true), (.ansi, .light, true), (.ansi, .solarized, true),
        (.dark, .dark, true), (.dark, .light, false), (.light, .light, true), (.light, .dark, false),
    ]

    @Test(arguments: texts, screens)
    func `a decoder reads the code in a terminal, with colors in any theme`(
        text: String, screen: (style: QRCode.TerminalStyle, theme: TerminalPicture.Theme, isReadable: Bool)
    ) throws {
        let picture = try TerminalPicture(of: QRCode(text).terminal(screen.style), theme: screen.theme)
        #expect((try decoded(picture.graymap, name: "screen.pgm") == text) == screen.isReadable)
    }

    @Test(arguments: texts) func `each line is as wide as the code with its quiet zone`(text: String) throws {
        let code = try QRCode(text)
        for style in [QRCode.TerminalStyle.light, .dark] {
            let lines = code.terminal(style).split(separator: "\n")
            #expect(lines.count == (code.size + 9) / 2 && lines.allSatisfy { $0.count == code.size + 8 })
        }
    }

    @Test func `colors wrap the same blocks in escape sequences, line by line`() throws {
        let code = try QRCode("x")
        let plain = code.terminal(.light).split(separator: "\n").map { "\u{1B}[38;5;16;48;5;231m\($0)\u{1B}[0m\n" }
        #expect(code.terminal(.ansi) == plain.joined())
    }

    @Test func `a decoder reads the SVG`() throws {
        let code = try QRCode(Self.texts[0])
        #expect(try decoded(graymap: rasterised(svg: code.svg(), side: code.size + 8)) == Self.texts[0])
    }

    @Test func `modules outside the code are light`() throws {
        let code = try QRCode("x")
        #expect(code.size == 21)
        #expect(code.isDark(0, 0))
        #expect(!code.isDark(-1, 0) && !code.isDark(0, -1) && !code.isDark(21, 0) && !code.isDark(0, 21))
    }

    @Test func `dark runs are exactly the dark modules`() throws {
        let code = try QRCode(Self.texts[0])
        var covered: Set<[Int]> = []
        for run in code.darkRuns {
            for x in run.x..<run.x + run.length { #expect(covered.insert([x, run.y]).inserted) }
            #expect(!code.isDark(run.x - 1, run.y) && !code.isDark(run.x + run.length, run.y))
        }
        for y in 0..<code.size {
            for x in 0..<code.size { #expect(code.isDark(x, y) == covered.contains([x, y])) }
        }
    }

    @Test(arguments: [("", 1), ("a\u{0}b", 1), ("x", 2_954)])
    func `text that no code can hold is an error`(part: String, count: Int) {
        let text = String(repeating: part, count: count)
        #expect(throws: DocumentError.notEncodable(bytes: text.utf8.count)) {
            try QRCode(text, errorCorrection: .low)
        }
    }

    @Test func `better error correction never makes a smaller code`() throws {
        let sizes = try QRCode.ErrorCorrection.allCases.map { try QRCode(Self.texts[0], errorCorrection: $0).size }
        #expect(sizes == sizes.sorted())
        #expect(sizes.first != sizes.last)
    }
}

/// The text that an independent decoder reads in an image.
private func decoded(png bytes: [UInt8]) throws -> String { try decoded(bytes, name: "code.png") }

private func decoded(graymap rows: [[Bool]]) throws -> String {
    let scale = 4
    var bytes = Array("P5 \((rows.first?.count ?? 0) * scale) \(rows.count * scale) 255\n".utf8)
    for row in rows {
        for _ in 0..<scale {
            for isLight in row { bytes.append(contentsOf: repeatElement(isLight ? 255 : 0, count: scale)) }
        }
    }
    return try decoded(bytes, name: "code.pgm")
}

private func decoded(_ bytes: [UInt8], name: String) throws -> String {
    let directory = try TemporaryDirectory()
    // Without a code it fails without output.
    let scan = try Tool("zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", directory.write(bytes, as: name))
    return String(scan.output.dropLast())
}

/// The modules an SVG of `M x y h n v1 h-n z` rectangles paints.
private func rasterised(svg: String, side: Int) -> [[Bool]] {
    var rows = Array(repeating: Array(repeating: true, count: side), count: side)
    for match in svg.matches(of: /M(\d+) (\d+)h(\d+)v1h-\d+z/) {
        guard let x = Int(match.1), let y = Int(match.2), let length = Int(match.3) else { continue }
        for column in x..<x + length { rows[y][column] = false }
    }
    return rows
}
