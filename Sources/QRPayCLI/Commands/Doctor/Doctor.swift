import CommandLineKit
import PaymentCore
import Payments
import WorldKit

enum Doctor {
    static let command = Command(
        CommandSpec(
            path: ["doctor"], summary: "Check the installation, the configuration, the store and the partners",
            discussion: """
                Each check prints one line: ok, warning or failed, what was found, and what to do. Nothing is changed. \
                The whole store is read, which takes a while for a large one.
                """,
            examples: [
                ExampleSpec(command: "qrpay doctor", summary: "Check everything"),
                ExampleSpec(
                    command: "qrpay doctor --json | jq -r '.[] | select(.verdict != \"ok\") | .advice'",
                    summary: "List what to fix"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "A check failed; warnings alone give 0"),
                ExitStatusSpec(status: 6, meaning: "The store cannot be used"),
            ])
    ) { options, context in
        let findings = await findings(options, context)
        if context.terminal.isTerminal, !options.isJSON {
            for finding in findings { try context.output.write(finding.lines(context.terminal.style)) }
        } else {
            try context.show(findings, asJSON: options.isJSON, ifEmpty: "")
        }
        let failed = findings.filter { $0.verdict == .failed }
        return failed.contains(where: \.isAboutStore) ? .store : failed.isEmpty ? .done : .negative
    }

    private static func findings(_ options: ParsedOptions, _ context: Context) async -> [DoctorFinding] {
        let installation = LibraryChecks.findings()
        let configuration: Configuration
        do {
            configuration = try Configuration(options, environment: context.environment)
        } catch {
            let problem = Problem(error)
            let finding = DoctorFinding.failed(
                "configuration", problem.message,
                problem.suggestion ?? "correct it; the checks that depend on it were skipped")
            return [finding, ClockCheck.finding(now: context.world.now(), skews: [])] + installation
        }
        async let partners = PartnerChecks.findings(configuration, context)
        async let store = StoreChecks.findings(configuration, at: context.world.now())
        async let broker = EventChecks.broker(configuration, context)
        let (answers, skews) = await partners
        return await [
            .ok("configuration", configuration.filePath ?? "no file; defaults apply"),
            ClockCheck.finding(now: context.world.now(), skews: skews),
        ] + store + broker + SecretFileChecks.findings(configuration) + answers + installation
    }
}
