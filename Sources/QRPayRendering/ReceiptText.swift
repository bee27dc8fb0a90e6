/// A receipt in lines of plain text.
struct ReceiptText {
    private let width: Int
    private(set) var lines: [String] = []

    init(sheet: ReceiptSheet, width: Int) {
        self.width = width
        for text in [sheet.seller].compactMap(\.self) + sheet.sellerDetails { center(text) }
        if !lines.isEmpty { rule() }
        center(sheet.kind.uppercased())
        if let operation = sheet.operation { center(operation) }
        for fact in sheet.facts { entry(fact) }
        rule()
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
            lines += wrap(code, width)
        }
    }

    private mutating func item(_ line: ReceiptSheet.Line) {
        lines += wrap(line.name, width)
        entry(.init(label: "  \(line.calculation ?? "")", value: line.sum ?? ""))
        for modifier in line.modifiers { entry(.init(label: "  \(modifier.label)", value: modifier.value)) }
        if let tax = line.tax { entry(.init(label: "  \(tax.label)", value: tax.value)) }
        if let note = line.note { lines.append("  \(note)") }
    }

    private mutating func rule(_ character: Character = "─") {
        lines.append(String(repeating: character, count: width))
    }

    private mutating func center(_ text: String) {
        lines += wrap(text, width).map { String(repeating: " ", count: (width - $0.count) / 2) + $0 }
    }

    /// Label and value at the ends of a line, or on lines of their own where both do not fit.
    private mutating func entry(_ entry: ReceiptSheet.Entry) {
        let gap = width - entry.label.count - entry.value.count
        if entry.value.isEmpty {
            if entry.label.contains(where: { $0 != " " }) { lines += wrap(entry.label, width) }
        } else if gap > 0 {
            lines.append(entry.label + String(repeating: " ", count: gap) + entry.value)
        } else {
            lines += wrap(entry.label, width)
            lines += wrap(entry.value, width).map { String(repeating: " ", count: width - $0.count) + $0 }
        }
    }

    /// Lines of at most `width` characters, broken at blanks where there are any.
    private func wrap(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var rest = text[...]
        while rest.count > width {
            let limit = rest.index(rest.startIndex, offsetBy: width)
            // A blank that has a word before it.
            let blank = rest[...limit].lastIndex(of: " ").flatMap { blank in
                rest[..<blank].contains { $0 != " " } ? blank : nil
            }
            lines.append(String(rest[..<(blank ?? limit)]))
            rest = rest[(blank ?? limit)...].drop { $0 == " " }
        }
        return rest.isEmpty ? lines : lines + [String(rest)]
    }
}
