import CommandLineKit
import QRPayDomain
import QRPayServices

enum CashbackAuditCommand {
    static let command = Command(
        CommandSpec(
            path: ["cashback", "audit"], summary: "Compare the cashback due with what the cashback service accrued",
            discussion: """
                Every order of the period is compared both ways, with no tolerance, and every finding is printed. \
                Payments still under way are left out.
                """,
            options: [
                OptionSpec(
                    name: "since", value: "TIME",
                    summary: "Orders created at or after: a time, a date, or 2h for two hours ago"),
                OptionSpec(name: "until", value: "TIME", summary: "Orders created before"),
            ],
            examples: [ExampleSpec(command: "qrpay cashback audit --since 30d", summary: "Audit the last month")],
            exitStatuses: [ExitStatusSpec(status: 1, meaning: "There are findings")])
    ) { options, context in
        let now = context.world.now()
        let (since, until) = (try options.instant("since", now: now), try options.instant("until", now: now))
        let services = try await Wiring.services(options, context)
        let report = try await CashbackAuditing(services).audit(since: since, until: until)
        try context.show(report.findings.map(FindingOutput.init), asJSON: options.isJSON, ifEmpty: "no findings")
        try context.note(
            "\(report.orders) orders and \(report.ledgerRows) ledger rows compared, \(report.findings.count) findings")
        return report.findings.isEmpty ? .done : .negative
    }
}
