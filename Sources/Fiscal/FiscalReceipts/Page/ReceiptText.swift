import CommandLineKit

/// A receipt as lines of plain text.
struct ReceiptText {
    /// In terminal columns; ideographs take two.
    private let width: Int
    private(set) var lines: [String] = []

    init(sheet: ReceiptSheet, width: Int) {
        self.width = width
        for text in [sheet.seller].compactMap(\.self) + sheet.sellerDetails { center(text) }
        if !lines.isEmpty { rule() }
        center(sheet.kind.uppercased())
        if let operation = sheet.operation { center(operation) }
        for fact in sheet.facts { entry(fact) }
        if sheet.hasLines { rule() }
        for line in sheet.lines { item(line) }
        if !sheet.storno.isEmpty {
            center("Сторно")
            for line in sheet.storno { item(line) }
        }
        for modifier in sheet.modifiers { entry(modifier) }
        rule("═")
        if let total = sheet.total { entry(.init(label: "ИТОГ", value: total)) }
        for payment in sheet.payments { entry(payment) }
        for tax in sheet.taxes { entry(tax) }
        if !sheet.fiscal.isEmpty { rule() }
        for fact in sheet.fiscal { entry(fact) }
        if let code = sheet.code {
            rule()
            lines += TextLines.wrap(code, to: width)
        }
    }

    private mutating func item(_ line: ReceiptSheet.Line) {
        lines += TextLines.wrap(line.name, to: width)
        entry(.init(label: line.calculation ?? "", value: line.sum ?? ""), indent: "  ")
        for modifier in line.modifiers { entry(modifier, indent: "    ") }
        // After the calculation, not in the column of sums, which must add up.
        let details = [line.tax, line.note].compactMap(\.self).joined(separator: ", ")
        lines += TextLines.wrap(details, to: width - 2).map { "  \($0)" }
        for fact in line.agency { entry(fact, indent: "  ") }
    }

    private mutating func rule(_ character: Character = "─") {
        lines.append(String(repeating: character, count: width))
    }

    private mutating func center(_ text: String) {
        let balanced = BalancedLines.lines(of: text, width: Double(width)) { Double(TerminalText.width($0)) }
        lines += (balanced ?? TextLines.wrap(text, to: width)).map {
            String(repeating: " ", count: (width - TerminalText.width($0)) / 2) + $0
        }
    }

    /// Label and value at the ends of a line, or on separate lines if they do not fit.
    private mutating func entry(_ entry: ReceiptSheet.Entry, indent: String = "") {
        let room = width - indent.count
        let gap = room - TerminalText.width(entry.label) - TerminalText.width(entry.value)
        if gap > 0, !entry.value.isEmpty {
            lines.append(indent + entry.label + String(repeating: " ", count: gap) + entry.value)
        } else {
            lines += TextLines.wrap(entry.label, to: room).map { indent + $0 }
            lines += TextLines.wrap(entry.value, to: width).map {
                String(repeating: " ", count: width - TerminalText.width($0)) + $0
            }
        }
    }
}
