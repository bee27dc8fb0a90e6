import DrawingKit

/// A receipt on 80 mm paper.
struct ReceiptPage {
    let sheet: ReceiptSheet

    /// 80 mm in points.
    private static let width = 226.77

    var page: Page {
        Page(width: Self.width, numbers: .factValue) { canvas in
            var pen = Pen(canvas: canvas, pageWidth: Self.width)
            try canvas.part(.paragraph) { try header(&pen) }
            try canvas.part(.paragraph) { try items(&pen) }
            try canvas.part(.paragraph) { try totals(&pen) }
            try canvas.part(.paragraph) { try fiscal(&pen, canvas) }
            if let code = sheet.code { try canvas.part(.figure) { try pen.code(QRCode(code)) } }
            return pen.end
        }
    }

    private func header(_ pen: inout Pen) throws {
        if let seller = sheet.seller {
            try pen.center(seller, .seller)
            pen.skip(2)
        }
        for detail in sheet.sellerDetails { try pen.center(detail, .detail) }
        if sheet.seller != nil || !sheet.sellerDetails.isEmpty {
            pen.skip(7)
            pen.rule(.thin)
        }
        pen.skip(6)
        try pen.center(sheet.kind, .kind)
        if let operation = sheet.operation { try pen.center(operation, sheet.isSale ? .detail : .kind) }
        pen.skip(4)
        for fact in sheet.facts { try pen.row(fact, .fact, .factValue) }
        pen.skip(5)
    }

    private func items(_ pen: inout Pen) throws {
        guard sheet.hasLines else { return pen.rule(.thick) }
        pen.rule(.thin)
        for line in sheet.lines {
            pen.pageMayEnd()
            try item(line, &pen)
        }
        if !sheet.storno.isEmpty {
            pen.pageMayEnd()
            pen.skip(6)
            try pen.center("Сторно", .kind)
            for (index, line) in sheet.storno.enumerated() {
                if index > 0 { pen.pageMayEnd() }
                try item(line, &pen)
            }
        }
        if !sheet.modifiers.isEmpty { pen.skip(6) }
        for modifier in sheet.modifiers { try pen.row(modifier, .fact, .factValue) }
        pen.skip(6)
        pen.rule(.thick)
    }

    private func item(_ line: ReceiptSheet.Line, _ pen: inout Pen) throws {
        pen.skip(5)
        try pen.paragraph(line.name, .name)
        try pen.columns(line.calculation ?? "", line.tax ?? "", line.sum ?? "", .fact, .sum)
        try pen.indented { pen in for modifier in line.modifiers { try pen.row(modifier, .fact, .factValue) } }
        if let note = line.note { try pen.paragraph(note.prefix(1).uppercased() + note.dropFirst(), .fact) }
        for fact in line.agency { try pen.row(fact, .fact, .factValue) }
    }

    private func totals(_ pen: inout Pen) throws {
        pen.skip(5)
        if let total = sheet.total {
            try pen.row(.init(label: "ИТОГ", value: total), .total, .totalSum)
            pen.skip(3)
        }
        for payment in sheet.payments { try pen.row(payment, .payment, .payment, leader: true) }
        if !sheet.taxes.isEmpty { pen.skip(3) }
        for tax in sheet.taxes { try pen.row(tax, .fact, .factValue, leader: true) }
        pen.skip(6)
    }

    private func fiscal(_ pen: inout Pen, _ canvas: Canvas) throws {
        guard !sheet.fiscal.isEmpty else { return }
        pen.rule(.thin)
        pen.skip(5)
        for fact in sheet.fiscal {
            if let link = fact.link {
                try canvas.part(.link(to: link)) { try pen.row(fact, .fact, .factValue) }
            } else {
                try pen.row(fact, .fact, .factValue)
            }
        }
    }
}

extension TextStyle {
    private static let regular = ReceiptRenderer.typeface
    private static let bold = Typeface(
        family: regular.family, weight: .bold, debianPackage: regular.debianPackage)
    private static let secondary = 0.35

    static let seller = TextStyle(regular, size: 13, alignment: .center)
    static let detail = TextStyle(regular, size: 8.5, alignment: .center, gray: secondary)
    static let kind = TextStyle(regular, size: 10.5, alignment: .center)
    static let fact = TextStyle(regular, size: 8.5, gray: secondary)
    static let factValue = TextStyle(regular, size: 8.5, alignment: .trailing)
    static let name = TextStyle(regular, size: 9.5)
    static let sum = TextStyle(regular, size: 9.5, alignment: .trailing)
    static let payment = TextStyle(regular, size: 9.5)
    static let total = TextStyle(regular, size: 16)
    /// The only bold text; a second font with ten digits and a sign is small.
    static let totalSum = TextStyle(bold, size: 16, alignment: .trailing)
}
