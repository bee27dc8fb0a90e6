import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

enum CashbackAuditCommand {
    static let command = Command(
        CommandSpec(
            path: ["cashback", "audit"], summary: "Compare the cashback due with what the cashback service accrued",
            discussion: """
                Every order of the period is compared both ways, with no tolerance, and every finding is printed. \
                Payments still under way are left out. What a task is still to post, paused or not, is shown as \
                waiting, with the task, and is no finding; what a task gave up on is.

                A baseline is a JSON file of findings that somebody has accepted, each by its id, with the difference and \
                a reason; they are counted and left out of the verdict, for as long as the difference stays the same.

                --repair shows the tasks that would mend the findings, by what the cashback service itself says now: what \
                it has lost is posted again under the same key, what is too much or too little is corrected by an entry of \
                its own. What no task can mend is said, and an order with an accepted finding is left as it is. --yes stages \
                them; a task asks the cashback service anew when it runs, and posts what is wrong then.
                """,
            options: [
                OptionSpec(
                    name: "since", value: "TIME",
                    summary: "Orders created at or after: \(ParsedOptions.timeForms)"),
                OptionSpec(name: "until", value: "TIME", summary: "Orders created before"),
                OptionSpec(
                    name: "ledger", value: "FILE", completion: .file,
                    summary: "Compare with this ledger, CSV or JSON lines, instead of asking; - is standard input"),
                OptionSpec(
                    name: "csv", value: "FILE", completion: .file,
                    summary: "Write the findings as CSV, fit for a spreadsheet"),
                OptionSpec(name: "html", value: "FILE", completion: .file, summary: "Write the findings as a page"),
            ] + AuditAcceptance.specs + AuditRepair.specs,
            examples: [
                ExampleSpec(command: "qrpay cashback audit --since 30d", summary: "Audit the last month"),
                ExampleSpec(
                    command: "qrpay cashback audit --ledger ledger.csv --csv findings.csv --html findings.html",
                    summary: "Audit against an export, and keep what is found"),
                ExampleSpec(
                    command: "qrpay cashback audit --baseline known.json --accept-all --reason 'before the migration'",
                    summary: "From now on, tell only what is new"),
                ExampleSpec(
                    command: "qrpay cashback audit --since 1d --repair",
                    summary: "What would mend the findings of today?"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "There are findings that nobody has accepted"),
                BulkChange.scopeStatus,
            ])
    ) { options, context in
        try AuditRepair.check(options)
        let now = context.world.now()
        let (since, until) = try options.period(context)
        let period = CashbackAuditing.Period(since: since, until: until)
        var acceptance = try AuditAcceptance(options, now: now)
        let isRepair = options.isSet("repair")
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

    /// Runs the audit, and tells a person who watches how far it is.
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
            period, ledger: options.value("ledger").map(LedgerFile.ledger),
            watch: { line.write("\($0.ledgerRows) ledger rows read, \($0.orders) orders compared") }, show)
    }
}
