import DrawingKit

/// A single-line text whose amounts are set in groups of three digits.
///
/// The gaps are not characters, so an amount is found and copied as one word.
struct Figures {
    /// The blocks of each part; a part with several blocks is an amount.
    private let parts: [(text: String, blocks: [TextBlock])]
    private let gap: Double
    let width: Double
    let height: Double
    let baseline: Double

    init(_ text: String, _ style: TextStyle, on canvas: Canvas) throws {
        parts = try Self.parts(of: text).map { groups in
            (groups.joined(), try groups.map { try canvas.block($0, style) })
        }
        let blocks = parts.flatMap(\.blocks)
        // A fifth of the type size: a thin space, nearly as wide as this typeface's space.
        gap = style.size * 0.2
        width = blocks.reduce(0) { $0 + $1.width } + gap * Double(blocks.count - parts.count)
        height = blocks.map(\.height).max() ?? 0
        baseline = blocks.first?.baseline ?? 0
    }

    func place(on canvas: Canvas, x: Double, y: Double) {
        var x = x
        for part in parts {
            var placed: [(block: TextBlock, x: Double)] = []
            for block in part.blocks {
                if !placed.isEmpty { x += gap }
                placed.append((block, x))
                x += block.width
            }
            if placed.count > 1 {
                canvas.place(placed, y: y, reading: part.text)
            } else {
                for (block, x) in placed { canvas.place(block, x: x, y: y) }
            }
        }
    }

    /// Splits `1 × 12500.00 ₽` into `1 × `, `12` with `500.00`, and ` ₽`; only a number with two decimals is an amount.
    static func parts(of text: String) -> [[String]] {
        let bytes = Array(text.utf8)
        var parts: [[String]] = []
        // The start of the current part and the number of digits just read.
        var (start, digits) = (0, 0)
        func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        for (index, byte) in bytes.enumerated() {
            if isDigit(byte) {
                digits += 1
                continue
            }
            let decimals = bytes[(index + 1)...].prefix(3).prefix(while: isDigit).count
            if byte == UInt8(ascii: "."), decimals == 2, digits > 3 {
                let (first, end) = (index - digits, index + 3)
                if start < first { parts.append([string(start..<first)]) }
                let cuts = [first] + stride(from: index - (digits - 1) / 3 * 3, to: index, by: 3) + [end]
                parts.append(zip(cuts, cuts.dropFirst()).map { string($0..<$1) })
                start = end
            }
            digits = 0
        }
        return start < bytes.count || parts.isEmpty ? parts + [[string(start..<bytes.count)]] : parts
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
