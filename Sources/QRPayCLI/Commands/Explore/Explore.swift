import CommandLineKit
import Explorer
import JSONKit
import PaymentCore
import Simulator

enum Explore {
    static let command = Command(
        CommandSpec(
            path: ["explore"], summary: "Model-check the payment code over every order of events",
            discussion: """
                Runs the production payment code, with its SQL on an in-memory store and a model of the partners, \
                under a scheduler that chooses what happens next: which transaction or request runs, which answer is \
                lost, which report comes twice or late, which process crashes. After every step every invariant is \
                checked. A violation is reported as the shortest history that leads to it, with a token that replays \
                it.

                On SQLite transactions take turns. With --isolation snapshot they overlap, as on a PostgreSQL \
                store: each \
                reads what was committed when it began, and of two that have written the same row, or the same unique \
                key, the first to commit wins and the other runs again. Two that only read what the other one writes \
                both commit: what that breaks needs a row that both write.

                'complete' means that every history within the options was covered. The variants seed-… are designs \
                that were considered before the current one.
                """,
            options: ExploreOptions.all, rules: ExploreOptions.rules, check: SearchOptions.check,
            examples: [
                ExampleSpec(command: "qrpay explore", summary: "Two guests and one fault of each kind"),
                ExampleSpec(
                    command: "qrpay explore --isolation snapshot",
                    summary: "The same with transactions that overlap, as on PostgreSQL"),
                ExampleSpec(
                    command: "qrpay explore --users 3 --lost-answers 0 --crashes 0 --json",
                    summary: "Three guests and a duplicate report"),
                ExampleSpec(
                    command: "qrpay explore --variant seed-v1 --html seed-v1.html",
                    summary: "Show the flaws of a design"),
                ExampleSpec(
                    command: "qrpay explore --strategy pct --users 4 --workers 3 --crashes 3 --seconds 10m",
                    summary: "Sample a scenario too large for an exhaustive search"),
                ExampleSpec(
                    command: "qrpay explore --replay Examples/histories/late-report.json",
                    summary: "Replay a saved history"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 0, meaning: "No violation found; see the verdict for coverage"),
                ExitStatusSpec(status: 1, meaning: "An invariant can be violated"),
                ExitStatusSpec(status: 2, meaning: "Unknown variant, or an invalid or outdated token"),
            ])
    ) { options, context in
        let (run, violation) =
            if let source = options[SearchOptions.replay] {
                try replay(source)
            } else {
                try await explore(options, context)
            }
        try run.show(options, context)
        try SearchOptions.save(try violation.map { try ScenarioFile($0).json }, options, context)
        return run.status
    }

    private static func explore(
        _ options: ParsedOptions, _ context: Context
    ) async throws -> (ExplorationOutput, Violation?) {
        var explorer = ExploreOptions.explorer(options)
        let limits = SearchLimits(options, context)
        (explorer.isOver, explorer.isTooLate) = (limits.isOver, limits.isTooLate)
        let report = try await limits.run(what: "the payment code") { [explorer] in try explorer.explore() }
        var output = ExplorationOutput(explorer.variant, explorer.scenario, report.violations)
        output.counts = report.findings
        output.seconds = limits.seconds
        output.work = [
            ("code_runs", report.work.codeRuns), ("process_states", report.work.processStates),
            ("transactions", report.work.transactions), ("store_states", report.work.storeStates),
            ("partner_states", report.work.partnerStates), ("judged", report.work.judged),
        ]
        if options[SearchOptions.count] { output.histories = try explorer.countHistories() }
        return (output, report.violations.first)
    }

    private static func replay(_ source: String) throws -> (ExplorationOutput, Violation?) {
        try SearchOptions.replaying {
            let violation: Violation
            if source.hasPrefix(Token.prefix) {
                violation = try Token(text: source).replay()
            } else {
                violation = try SavedHistory(json: try SearchOptions.saved(source)).replay()
            }
            let token = try Token(text: violation.token)
            let variant = Variant.named(token.variant) ?? .production
            return (ExplorationOutput(variant, token.scenario, [violation]), violation)
        }
    }
}

extension ExplorationOutput {
    fileprivate init(_ variant: Variant, _ scenario: Scenario, _ violations: [Violation]) {
        let bounds = (try? JSONValue(encoding: scenario))?.object ?? [:]
        self.init(
            command: "qrpay explore", name: variant.name, summary: variant.summary,
            invariants: variant.invariants.map(\.rawValue), bounds: scenario.text, boundsJSON: bounds,
            statusColumn: "order", sentenceLanguage: "ru", violations: violations.map(Found.init))
    }
}
