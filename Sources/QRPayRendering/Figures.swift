internal import DocumentKit

/// A text on one line whose amounts are set in groups of three digits.
///
/// The gaps are no characters and narrower than what readers of a page take for a blank, a tenth of the size of the
/// type: an amount is found and copied as one word.
struct Figures {
    private let blocks: [TextBlock]
    private let gap: Double
    let width: Double
    let height: Double
    let baseline: Double

    init(_ text: String, _ style: TextStyle, on canvas: Canvas) throws {
        let blocks = try Self.groups(of: text).map { try canvas.block($0, style) }
        gap = style.size * 0.09
        width = blocks.reduce(0) { $0 + $1.width } + gap * Double(blocks.count - 1)
        height = blocks.map(\.height).max() ?? 0
        baseline = blocks.first?.baseline ?? 0
        self.blocks = blocks
    }

    func place(on canvas: Canvas, x: Double, y: Double) {
        var x = x
        for block in blocks {
            canvas.place(block, x: x, y: y)
            x += block.width + gap
        }
    }

    /// `1 × 12500.00` as `1 × 12` and `500.00`; only what has two decimals is an amount.
    static func groups(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        var groups: [String] = []
        var (start, digits) = (0, 0)
        for (index, byte) in bytes.enumerated() {
            if isDigit(byte) {
                digits += 1
                continue
            }
            let decimals = bytes[(index + 1)...].prefix(3).prefix(while: isDigit).count
            if byte == UInt8(ascii: "."), decimals == 2 {
                for cut in stride(from: index - (digits - 1) / 3 * 3, to: index, by: 3) {
                    groups.append(String(decoding: bytes[start..<cut], as: UTF8.self))
                    start = cut
                }
            }
            digits = 0
        }
        return groups + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
