import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore

/// A finding of the cashback audit.
struct FindingOutput: Listed {
    var finding: CashbackAudit.Finding

    var json: JSONObject {
        [
            "id": finding.id, "class": finding.findingClass.rawValue, "order_id": finding.orderID, "uid": finding.uid,
            "currency": finding.due.currency.code, "due": finding.due.decimal, "accrued": finding.accrued.decimal,
            "clawed_back": finding.clawedBack.decimal, "difference": finding.difference.decimal,
            "explanation": finding.explanation, "task_id": finding.taskID.map { String($0) },
        ]
    }

    static let columns = [
        TextTable.Column("CLASS"), TextTable.Column("ORDER", isShrinkable: false),
        TextTable.Column("UID", isShrinkable: false), TextTable.Column("DUE", alignment: .right, isShrinkable: false),
        TextTable.Column("ACCRUED", alignment: .right, isShrinkable: false),
        TextTable.Column("CLAWED BACK", alignment: .right, isShrinkable: false),
        TextTable.Column("DIFFERENCE", alignment: .right, isShrinkable: false),
        TextTable.Column("EXPLANATION", isShrinkable: true), TextTable.Column("ID", isShrinkable: false),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(finding.findingClass.rawValue, effect: finding.isWaiting ? nil : .red),
            TextTable.Cell(finding.orderID),
            TextTable.Cell(finding.uid ?? "-"), TextTable.Cell(finding.due.decimal),
            TextTable.Cell(finding.accrued.decimal), TextTable.Cell(finding.clawedBack.decimal),
            TextTable.Cell(finding.difference.decimal), TextTable.Cell(finding.explanation),
            TextTable.Cell(finding.id),
        ]
    }

    /// For a terminal, narrower than all of the columns: kind, sums, explanation, and the id to accept it by.
    func block(_ style: TextStyle) -> TerminalText {
        let currency = finding.due.currency.code
        let sums =
            "due \(finding.due.decimal), accrued \(finding.accrued.decimal), "
            + "clawed back \(finding.clawedBack.decimal): difference \(finding.difference.decimal) \(currency)"
        let head = "order \(finding.orderID), user \(finding.uid ?? "-")"
        let word = finding.findingClass.rawValue
        return """
            \(finding.isWaiting ? style.dim(word) : style.red(word)) \(head)
                \(sums)
                \(finding.explanation)
                \(style.dim(finding.id))

            """
    }

    static let csvHeader =
        "id,class,order_id,uid,currency,due,accrued,clawed_back,difference,explanation,task_id\n"

    var csv: String {
        CSVText.line([
            .text(finding.id), .text(finding.findingClass.rawValue), .text(finding.orderID), .text(finding.uid ?? ""),
            .text(finding.due.currency.code), .number(finding.due.decimal), .number(finding.accrued.decimal),
            .number(finding.clawedBack.decimal), .number(finding.difference.decimal), .text(finding.explanation),
            .text(finding.taskID.map { String($0) } ?? ""),
        ])
    }
}
