import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

enum CashbackAuditCommand {
    static let ledger = Option(
        "ledger", "FILE", .file,
        summary: "Compare with this ledger (CSV or JSON lines; - for standard input), not the service")
    static let csv = Option("csv", "FILE", .file, summary: "Write the findings as CSV for a spreadsheet")
    static let html = Option("html", "FILE", .file, summary: "Write the findings as an HTML page")

    static let command = Command(
        CommandSpec(
            path: ["cashback", "audit"], summary: "Compare the cashback due with what the cashback service accrued",
            discussion: """
                Every order of the period is compared in both directions, with no tolerance, and every finding \
                printed. Payments in progress are skipped. What a task has yet to post, even a paused one, is shown as \
                waiting, with the task, and is not a finding; what a stuck task failed to post is one.

                A baseline is a JSON file of accepted findings, each with its id, the difference and a reason. They \
                are counted but do not affect the verdict while the difference stays the same.

                --repair shows the tasks that would repair the findings, using the current data of the cashback \
                service: a lost entry is posted again under the same key, an excess or shortfall is corrected by an \
                entry of its own. Findings that no task can repair are listed, and orders with accepted findings are \
                skipped. --yes stages the tasks; each queries the cashback service again when it runs, and posts what \
                is needed then.
                """,
            options: [Period.since, Period.until, ledger, csv, html] + AuditAcceptance.all + AuditRepair.all,
            rules: AuditAcceptance.rules + AuditRepair.rules,
            check: { options in
                _ = try Period.bounds(options)
                try AuditAcceptance.check(options)
                try FileDraft.checkDistinct([AuditAcceptance.baselineFile, csv, html], of: options)
            },
            examples: [
                ExampleSpec(command: "qrpay cashback audit --since 30d", summary: "Audit the last month"),
                ExampleSpec(
                    command: "qrpay cashback audit --ledger ledger.csv --csv findings.csv --html findings.html",
                    summary: "Audit against an export, and save the findings"),
                ExampleSpec(
                    command: "qrpay cashback audit --baseline known.json --accept-all --reason 'before the migration'",
                    summary: "Report only new findings from now on"),
                ExampleSpec(
                    command: "qrpay cashback audit --since 1d --repair",
                    summary: "Show repairs for today's findings"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "There are findings that are not accepted"),
                BulkChange.scopeStatus,
            ])
    ) { options, context in
        let now = context.world.now()
        let (since, until) = try Period.bounds(options)
        let period = CashbackAuditing.Period(since: since, until: until)
        var acceptance = try AuditAcceptance(options, now: now)
        let isRepair = options[AuditRepair.repair]
        var report = try AuditReport(period, options, context, isSilent: isRepair)
        let services = try await Wiring.services(options, context)
        let auditing = CashbackAuditing(services)

        var open = 0
        var toMend: [CashbackAudit.Finding] = []
        var acceptedOf: [String: String] = [:]
        let progress: CashbackAuditing.Progress
        do {
            progress = try await audit(auditing, period, options, context) { finding in
                guard !finding.isWaiting else { return try report.add(finding) }
                guard !acceptance.accepts(finding) else {
                    if isRepair { acceptedOf[finding.orderID] = finding.id }
                    return
                }
                open += 1
                try report.add(finding)
                if isRepair { toMend.append(finding) }
            }
        } catch {
            try report.breakOff()
            throw error
        }
        try report.finish(progress, accepted: acceptance.accepted)
        try await acceptance.finish(auditing, period, context)
        try context.note("\(AuditSummary(progress, open: open, acceptance.accepted).text)")
        if isRepair { try await AuditRepair.run(toMend, accepted: acceptedOf, services, options, context) }
        return open == 0 ? .done : .negative
    }

    /// Runs the audit, with progress on a terminal.
    private static func audit(
        _ auditing: CashbackAuditing, _ period: CashbackAuditing.Period, _ options: ParsedOptions, _ context: Context,
        _ receive: (CashbackAudit.Finding) async throws -> Void
    ) async throws -> CashbackAuditing.Progress {
        let line = ProgressLine(context)
        defer { line.clear() }
        func show(_ finding: CashbackAudit.Finding) async throws {
            // Both may be the same terminal.
            line.clear()
            try await receive(finding)
        }
        return try await auditing.audit(
            period, ledger: options[ledger].map(LedgerFile.ledger),
            watch: { line.write("\($0.ledgerRows) ledger rows read, \($0.orders) orders compared") }, show)
    }
}
