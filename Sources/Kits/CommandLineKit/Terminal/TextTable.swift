/// A table of text: aligned for a terminal, tab-separated for a program.
package struct TextTable: Sendable {
    package enum Alignment: Sendable {
        case left, right
    }

    package struct Column: Sendable {
        package var header: String
        package var alignment: Alignment
        /// Maximum width of a cell in a terminal, in columns; longer text is truncated.
        package var maximumWidth: Int?
        /// Whether a narrow terminal may truncate cells further. False for text that people copy, such as ids.
        package var isShrinkable: Bool
        /// Minimum width; nil is the header's width. The cells of a last column that would be narrower are placed on
        /// their own lines, each below its row.
        package var minimumWidth: Int?

        package init(
            _ header: String, alignment: Alignment = .left, minimumWidth: Int? = nil, maximumWidth: Int? = nil,
            isShrinkable: Bool = true
        ) {
            self.header = header
            self.alignment = alignment
            self.minimumWidth = minimumWidth
            self.maximumWidth = maximumWidth
            self.isShrinkable = isShrinkable
        }
    }

    /// One cell of a row; a literal is a cell without an effect.
    package struct Cell: Sendable, ExpressibleByStringInterpolation {
        package var text: String
        /// The form shown in a terminal, such as a relative time; nil shows the text.
        package var onTerminal: String?
        package var effect: TextStyle.Effect?

        package init(_ text: String, onTerminal: String? = nil, effect: TextStyle.Effect? = nil) {
            self.text = text
            self.onTerminal = onTerminal
            self.effect = effect
        }

        package init(stringLiteral text: String) { self.init(text) }
    }

    package enum Mode: Sendable {
        /// A header and aligned columns, within a total width.
        case terminal(columns: Int, style: TextStyle)
        /// Tab-separated, complete cells without a header.
        case pipe
    }

    package let columns: [Column]
    package private(set) var rows: [[Cell]] = []
    /// Headers of columns hidden in a terminal.
    package var hidden: Set<String> = []

    package init(columns: [Column]) {
        self.columns = columns
    }

    /// Appends a row, which must have a cell for each column.
    package mutating func append(_ row: [Cell]) {
        precondition(row.count == columns.count, "\(row.count) cells for \(columns.count) columns")
        rows.append(row)
    }

    /// The table as newline-terminated lines; empty without rows.
    package func render(_ mode: Mode) -> TerminalText {
        guard !rows.isEmpty else { return "" }
        switch mode {
        case .pipe:
            return rows.map { row in row.map { "\($0.text)" }.joined(separator: "\t") + "\n" }.joined()
        case .terminal(let width, let style):
            return TerminalText(drawn: aligned(width: width, style: style))
        }
    }
}

extension TextTable.Mode {
    /// Aligned on a terminal, tab-separated otherwise.
    package init(_ terminal: Terminal) {
        self = terminal.isTerminal ? .terminal(columns: terminal.columns, style: terminal.style) : .pipe
    }
}

// MARK: - Alignment

extension TextTable {
    private static let gap = "  "
    /// A column is not truncated below this width or that of its header.
    private static let minimumWidth = 6
    /// The placeholder of an empty cell.
    private static let nothing = "-"
    private static let indentation = "      "

    private func aligned(width: Int, style: TextStyle) -> String {
        var header = columns.map { Cell($0.header, effect: .bold) }
        var body = rows.map { row in row.map { Cell(TerminalText.escaped($0.onTerminal ?? $0.text), effect: $0.effect) }
        }
        var columns = columns
        for index in columns.indices.reversed() where hidden.contains(columns[index].header) {
            columns.remove(at: index)
            header.remove(at: index)
            for row in body.indices { body[row].remove(at: index) }
        }
        let lines = [header] + body
        let (widths, isTooWide) = Self.widths(of: lines, columns, within: width)
        guard isTooWide, let last = columns.last, last.isShrinkable, last.minimumWidth != nil else {
            return lines.map { Self.line(of: $0, columns, widths: widths, style: style) + "\n" }.joined()
        }
        let rest = Array(columns.dropLast())
        let upper = lines.map { Array($0.dropLast()) }
        let upperWidths = Self.widths(of: upper, rest, within: width).widths
        return zip(upper, lines).map { upper, whole in
            let below = whole.last.map { $0.text == Self.nothing ? "" : $0.text } ?? ""
            let text = TerminalText.truncated(below, to: max(width - Self.indentation.utf8.count, Self.minimumWidth))
            let styled = whole.last?.effect.map { style.apply($0, to: text).text } ?? text
            return Self.line(of: upper, rest, widths: upperWidths, style: style) + "\n"
                + (below.isEmpty ? "" : Self.indentation + styled + "\n")
        }.joined()
    }

    private static func line(of cells: [Cell], _ columns: [Column], widths: [Int], style: TextStyle) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = TerminalText.truncated(cell.text, to: widths[index])
            let spaces = String(repeating: " ", count: widths[index] - TerminalText.width(text))
            let styled = cell.effect.map { style.apply($0, to: text).text } ?? text
            if index > 0 { line += gap }
            switch columns[index].alignment {
            case .right: line += spaces + styled
            case .left: line += index == cells.count - 1 ? styled : styled + spaces
            }
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    /// Makes each column as wide as its widest cell, then truncates the widest shrinkable ones until the line fits, if
    /// possible.
    private static func widths(
        of lines: [[Cell]], _ columns: [Column], within total: Int
    ) -> (widths: [Int], isTooWide: Bool) {
        var widths = columns.indices.map { index in
            let widest = lines.reduce(0) { max($0, TerminalText.width($1[index].text)) }
            // No shrinkable column can be wider than the line.
            let limit = columns[index].isShrinkable ? max(total, minimumWidth) : widest
            return min(widest, columns[index].maximumWidth ?? widest, limit)
        }
        let floors = columns.map { $0.minimumWidth ?? max(minimumWidth, TerminalText.width($0.header)) }
        var excess = widths.reduce(0, +) + gap.utf8.count * (columns.count - 1) - total
        while excess > 0 {
            let candidates = columns.indices.filter { columns[$0].isShrinkable && widths[$0] > floors[$0] }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return (widths, excess > 0)
    }
}
