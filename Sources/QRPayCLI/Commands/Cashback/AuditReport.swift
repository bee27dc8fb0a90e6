import CommandLineKit
import PaymentCore
import Payments
import WorldKit

/// Shows findings as they are found, keeping none of them.
struct AuditReport {
    /// What goes to standard output.
    private enum Shown {
        case nothing
        case list(JSONList)
        case lines
        /// Text for a terminal.
        case blocks
    }

    private let context: Context
    private var shown: Shown
    private var count = 0
    private var csv: FileDraft?
    private var page: AuditPage?

    /// - Parameter isSilent: nothing goes to standard output, only to the files given.
    init(
        _ period: CashbackAuditing.Period, _ options: ParsedOptions, _ context: Context, isSilent: Bool
    ) throws {
        self.context = context
        shown =
            isSilent
            ? .nothing
            : options.isJSON ? .list(JSONList(context.output)) : context.terminal.isTerminal ? .blocks : .lines
        csv = try options[CashbackAuditCommand.csv].map { try FileDraft($0) }
        try csv?.append(Array(FindingOutput.csvHeader.utf8))
        page = try options[CashbackAuditCommand.html].map { path in
            let since = period.since.map { " since \($0.rfc3339)" } ?? ""
            let until = period.until.map { " until \($0.rfc3339)" } ?? ""
            let ledger = options[CashbackAuditCommand.ledger].map { "the ledger \($0)" } ?? "the cashback service"
            let now = context.world.now().rfc3339
            return try AuditPage(
                path,
                subject:
                    "Orders created\(since.isEmpty && until.isEmpty ? " at any time" : since + until), "
                    + "against \(ledger), at \(now)"
            )
        }
    }

    mutating func add(_ finding: CashbackAudit.Finding) throws {
        let output = FindingOutput(finding: finding)
        if !finding.isWaiting { count += 1 }
        try csv?.append(Array(output.csv.utf8))
        try page?.add(finding)
        switch shown {
        case .nothing: break
        case .list(var list):
            try list.append(output.json)
            shown = .list(list)
        case .lines: try context.show([output], asJSON: false, ifEmpty: "")
        case .blocks: try context.output.write(output.block(context.terminal.style))
        }
    }

    mutating func finish(_ progress: CashbackAuditing.Progress, accepted: Int) throws {
        try csv?.keep()
        try page?.finish(progress, accepted: accepted)
        switch shown {
        case .nothing, .lines: break
        case .list(let list): try list.finish()
        case .blocks: if count == 0 { try context.output.write("no findings\n") }
        }
    }

    /// Closes the output, so that the findings so far can be read.
    func breakOff() throws {
        if case .list(let list) = shown { try list.breakOff() }
    }
}
