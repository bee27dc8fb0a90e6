/// Rows of text under headers: aligned for a reader, tab-separated for a program.
package struct TextTable: Sendable {
    package enum Alignment: Sendable {
        case left, right
    }

    package struct Column: Sendable {
        package var header: String
        package var alignment: Alignment
        /// The widest a cell may be in a terminal, in columns; the rest is cut off.
        package var maximumWidth: Int?
        /// Whether a narrow terminal may cut cells further. Not for what people copy, such as ids.
        package var isShrinkable: Bool

        package init(
            _ header: String, alignment: Alignment = .left, maximumWidth: Int? = nil, isShrinkable: Bool = true
        ) {
            self.header = header
            self.alignment = alignment
            self.maximumWidth = maximumWidth
            self.isShrinkable = isShrinkable
        }
    }

    /// One text of a row; a literal is a cell without an effect.
    package struct Cell: Sendable, ExpressibleByStringInterpolation {
        package var text: String
        /// What a reader sees in its place, such as a time told from now; nil is the text.
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
        /// A header and aligned columns within so many columns.
        case terminal(columns: Int, style: TextStyle)
        /// Tab-separated cells, whole, without a header.
        case pipe
    }

    package let columns: [Column]
    package private(set) var rows: [[Cell]] = []

    package init(columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row. It must have a cell for each column.
    package mutating func append(_ row: [Cell]) {
        precondition(row.count == columns.count, "\(row.count) cells for \(columns.count) columns")
        rows.append(row)
    }

    /// The table as lines, each ended by a newline; empty if there are no rows.
    package func render(_ mode: Mode) -> String {
        guard !rows.isEmpty else { return "" }
        switch mode {
        case .pipe:
            return rows.map { row in
                row.map { TerminalText.escaped($0.text) }.joined(separator: "\t") + "\n"
            }.joined()
        case .terminal(let width, let style):
            return aligned(width: width, style: style)
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
    /// A column is not cut below this, nor below its header.
    private static let minimumWidth = 6

    private func aligned(width: Int, style: TextStyle) -> String {
        let header = columns.map { Cell($0.header, effect: .bold) }
        let body = rows.map { row in row.map { Cell(TerminalText.escaped($0.onTerminal ?? $0.text), effect: $0.effect) }
        }
        let lines = [header] + body
        let widths = widths(of: lines, within: width)
        return lines.map { line(of: $0, widths: widths, style: style) + "\n" }.joined()
    }

    private func line(of cells: [Cell], widths: [Int], style: TextStyle) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = TerminalText.truncated(cell.text, to: widths[index])
            let spaces = String(repeating: " ", count: widths[index] - TerminalText.width(text))
            let styled = cell.effect.map { style.apply($0, to: text) } ?? text
            if index > 0 { line += Self.gap }
            switch columns[index].alignment {
            case .right: line += spaces + styled
            case .left: line += index == cells.count - 1 ? styled : styled + spaces
            }
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    /// Each column as wide as its widest cell, then the widest shrinkable ones cut until the line fits.
    private func widths(of lines: [[Cell]], within total: Int) -> [Int] {
        var widths = columns.indices.map { index in
            let widest = lines.reduce(0) { max($0, TerminalText.width($1[index].text)) }
            // No shrinkable column can keep more than the whole line.
            let limit = columns[index].isShrinkable ? max(total, Self.minimumWidth) : widest
            return min(widest, columns[index].maximumWidth ?? widest, limit)
        }
        let floors = columns.map { max(Self.minimumWidth, TerminalText.width($0.header)) }
        var excess = widths.reduce(0, +) + Self.gap.utf8.count * (columns.count - 1) - total
        while excess > 0 {
            let candidates = columns.indices.filter { columns[$0].isShrinkable && widths[$0] > floors[$0] }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}
