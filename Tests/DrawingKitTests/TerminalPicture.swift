/// An image of half-block text in a terminal: two pixels per cell, framed by the background.
struct TerminalPicture {
    /// Brightness, 0 to 255.
    struct Theme: Sendable {
        var ink: UInt8
        var background: UInt8

        static let dark = Theme(ink: 0xE5, background: 0x1E)
        static let light = Theme(ink: 0x1E, background: 0xFF)
        /// Dark gray on cream.
        static let solarized = Theme(ink: 0x70, background: 0xF5)
    }

    private static let scale = 4
    private static let frame = 6

    private var rows: [[UInt8]] = []
    private let theme: Theme

    init(of text: String, theme: Theme) {
        self.theme = theme
        let lines = text.split(separator: "\n").map { Self.cells(of: String($0), theme) }
        let width = (lines.map(\.count).max() ?? 0) + 2 * Self.frame
        let empty = Array(repeating: theme.background, count: width)
        rows = Array(repeating: empty, count: Self.frame)
        for line in lines {
            for half in [line.map(\.top), line.map(\.bottom)] {
                let row = Array(repeating: theme.background, count: Self.frame) + half
                rows.append(row + Array(repeating: theme.background, count: width - row.count))
            }
        }
        rows += Array(repeating: empty, count: Self.frame)
    }

    /// A portable graymap.
    var graymap: [UInt8] {
        let scale = Self.scale
        var bytes = Array("P5 \((rows.first?.count ?? 0) * scale) \(rows.count * scale) 255\n".utf8)
        for row in rows {
            let line = row.flatMap { repeatElement($0, count: scale) }
            for _ in 0..<scale { bytes += line }
        }
        return bytes
    }

    private static func cells(of line: String, _ theme: Theme) -> [(top: UInt8, bottom: UInt8)] {
        var (ink, background) = (theme.ink, theme.background)
        var cells: [(top: UInt8, bottom: UInt8)] = []
        var rest = line[...]
        while let character = rest.popFirst() {
            switch character {
            case "\u{1B}":
                let sequence = rest.prefix { $0 != "m" }
                rest = rest.dropFirst(sequence.count + 1)
                let codes = sequence.dropFirst().split(separator: ";").map(String.init)
                switch codes {
                case ["0"]: (ink, background) = (theme.ink, theme.background)
                // Of the 256 colors, 16 is black and 231 is white.
                case ["38", "5", "16", "48", "5", "231"]: (ink, background) = (0, 255)
                default: preconditionFailure("no sequence that this terminal knows: \(codes)")
                }
            case "█": cells.append((ink, ink))
            case "▀": cells.append((ink, background))
            case "▄": cells.append((background, ink))
            default: cells.append((background, background))
            }
        }
        return cells
    }
}
