import CommandLineKit
import EncodingKit
import FiscalReceipts
import JSONKit
import PaymentCore
import Payments

enum ReceiptCheckCommand {
    private static let files = Argument(
        repeated: "FILE", .file, summary: "One receipt, a JSON array, or JSON lines; - for standard input")

    static let command = Command(
        CommandSpec(
            path: ["receipt", "check"], summary: "Check that receipts add up, offline",
            discussion: """
                Items against the total, price × quantity, payment forms against the total, VAT by every accepted \
                method. Every finding is printed with the expected and actual values and the calculation. Ambiguities \
                in a receipt, such as the time zone of a Unix time, are printed as notes and are not findings.
                """,
            arguments: [files], options: [ReceiptFile.unit],
            examples: [
                ExampleSpec(command: "qrpay receipt check Examples/receipts/dinner.json", summary: "Check one receipt"),
                ExampleSpec(
                    command: "zcat receipts.jsonl.gz | qrpay receipt check - --json",
                    summary: "Check a month of receipts"),
            ],
            exitStatuses: [ExitStatusSpec(status: 1, meaning: "A receipt has errors; warnings alone give 0")])
    ) { options, context in
        let unit = options[ReceiptFile.unit]
        var report = ReceiptCheckReport(context, asJSON: options.isJSON)
        do {
            let unread = try await ReceiptFile.forEach(options[files]) { path in
                let name = ReceiptFile.name(path)
                try await ReceiptFile.forEachReceipt(in: path, unit: unit) { try report.add($0, source: name) }
            }
            if let problem = ReceiptFile.merged(unread) { throw problem }
        } catch {
            try report.breakOff()
            throw error
        }
        try report.finish()
        return report.errors == 0 ? .done : .negative
    }
}

/// Prints the findings receipt by receipt, without keeping them in memory.
private struct ReceiptCheckReport {
    private let context: Context
    /// Nil for text output.
    private var list: JSONList?
    private(set) var receipts = 0
    private var warnings = 0
    private(set) var errors = 0

    init(_ context: Context, asJSON: Bool) {
        self.context = context
        list = asJSON ? JSONList(context.output) : nil
    }

    mutating func add(_ entry: ReceiptReader.Entry, source: String) throws {
        let (findings, notes): ([ReceiptFinding], [String]) =
            switch entry.receipt {
            case .success(let receipt): (ReceiptCheck.findings(of: receipt), receipt.notes)
            case .failure(let error): ([ReceiptFinding(error)], [])
            }
        let verdict = ReceiptVerdict(findings)
        receipts += 1
        if verdict == .warning { warnings += 1 }
        if verdict == .error { errors += 1 }
        if list == nil {
            let place = "\(source):\(entry.index + 1)"
            for finding in findings {
                let style = context.terminal.style
                let severity = finding.severity == .error ? style.red("error") : style.yellow("warning")
                try write("\(place)", severity, "\(finding.class.rawValue)", "\(finding.explanation)")
            }
            for note in notes { try write("\(place)", "note", "-", "\(note)") }
        } else {
            var element = json(entry.index, source, verdict, findings)
            if !notes.isEmpty { element["notes"] = notes }
            try list?.append(element)
        }
    }

    func finish() throws {
        try list?.finish()
        try noteCounts()
    }

    /// Closes the list, so that the findings so far can be read.
    func breakOff() throws {
        guard receipts > 0 else { return }
        // With --json, standard error holds errors only.
        try list.map { try $0.breakOff() } ?? noteCounts()
    }

    private func noteCounts() throws {
        try context.note("\(receipts.counted("receipt")) checked, \(errors) with errors, \(warnings) with warnings")
    }

    private func write(_ columns: TerminalText...) throws {
        let separator: TerminalText = context.terminal.isTerminal ? "  " : "\t"
        try context.output.write(columns.joined(separator: separator) + "\n")
    }

    private func json(
        _ index: Int, _ source: String, _ verdict: ReceiptVerdict, _ findings: [ReceiptFinding]
    ) -> JSONObject {
        [
            "source": source, "index": index, "verdict": verdict.rawValue,
            "findings": findings.map { finding -> JSONObject in
                [
                    "class": finding.class.rawValue, "severity": finding.severity.rawValue,
                    "expected": finding.expected, "actual": finding.actual, "explanation": finding.explanation,
                ]
            },
        ]
    }
}
