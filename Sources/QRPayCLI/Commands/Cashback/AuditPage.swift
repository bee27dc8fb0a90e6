import EncodingKit
import PaymentCore
import Payments

/// The findings of an audit as an HTML page.
struct AuditPage {
    private let file: FileDraft
    /// What was audited, against which ledger, and when.
    private let subject: String
    private var counts: [CashbackAudit.Finding.Class: Int] = [:]

    init(_ path: String, subject: String) throws {
        file = try FileDraft(path)
        self.subject = subject
        let head = Self.columns.map { "<th>\($0)</th>" }.joined()
        try append(
            """
            <!DOCTYPE html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>qrpay cashback audit</title>
            <style>\(Self.css)</style>
            <main>
            <table><thead><tr>\(head)</tr></thead><tbody>

            """)
    }

    private static let columns = [
        "class", "order", "user", "currency", "due", "accrued", "clawed back", "difference", "explanation", "id",
    ]

    // The header is known only at the end; CSS `order` shows it first.
    private static let css = """
        body{font:16px/1.4 system-ui,sans-serif;margin:2em auto;max-width:100em;padding:0 1em;color:#1b1b1b}
        main{display:flex;flex-direction:column}header{order:-1}
        table{border-collapse:collapse;font-size:.85em}th,td{padding:.35em .6em;vertical-align:top;text-align:left}
        thead th{border-bottom:2px solid #888;position:sticky;top:0;background:#fff}
        tbody tr:nth-child(odd){background:#f4f4f4}td:nth-child(n+5):nth-child(-n+8){text-align:right}
        td:nth-child(2),td:nth-child(3),td:last-child{overflow-wrap:anywhere}
        td:nth-child(2),td:last-child{min-width:7em}
        td:first-child,td:nth-child(n+4):nth-child(-n+8){white-space:nowrap}
        td:nth-child(9){min-width:14em;overflow-wrap:break-word}
        .clean{color:#136b2d}.broken{color:#a40000}
        """

    mutating func add(_ finding: CashbackAudit.Finding) throws {
        counts[finding.findingClass, default: 0] += 1
        let cells = [
            finding.findingClass.rawValue, finding.orderID, finding.uid ?? "-", finding.due.currency.code,
            finding.due.decimal, finding.accrued.decimal, finding.clawedBack.decimal, finding.difference.decimal,
            finding.explanation, finding.id,
        ]
        try append("<tr>" + cells.map { "<td>\(Markup.escaped($0))</td>" }.joined() + "</tr>\n")
    }

    func finish(_ progress: CashbackAuditing.Progress, accepted: Int) throws {
        let findings = counts.filter { $0.key != .waiting }.values.reduce(0, +)
        let items = CashbackAudit.Finding.Class.allCases.compactMap { word in
            counts[word].map { "<li>\(word.rawValue): \($0)</li>\n" }
        }.joined()
        try append(
            """
            </tbody></table>
            <header>
            <h1>Cashback audit</h1>
            <p>\(Markup.escaped(subject))</p>
            <p class="\(findings == 0 ? "clean" : "broken")">\
            \(AuditSummary(progress, open: findings, accepted).text)</p>
            <ul>
            \(items)</ul>
            </header>
            </main>
            </html>

            """)
        try file.keep()
    }

    private func append(_ text: String) throws { try file.append(Array(text.utf8)) }
}

/// The result of an audit in one sentence.
struct AuditSummary {
    var text: String

    /// - Parameters:
    ///   - open: findings not accepted.
    ///   - accepted: accepted findings.
    init(_ progress: CashbackAuditing.Progress, open: Int, _ accepted: Int) {
        text =
            "\(progress.orders.counted("order")) and \(progress.ledgerRows.counted("ledger row")) compared, "
            + open.counted("finding")
        if accepted > 0 { text += ", \(accepted) accepted" }
        if progress.waiting > 0 { text += ", \(progress.waiting.counted("order")) waiting for a task" }
        if progress.leftOut > 0 {
            text += ", \(progress.leftOut.counted("order")) left out: being paid, or changed meanwhile"
        }
    }
}
