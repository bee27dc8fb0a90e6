import CommandLineKit
import Explorer
import JSONKit
import OrderingCore

enum OrderingExplore {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "explore"], summary: "Model-check the ordering services over every order of events",
            discussion: """
                Runs the handlers of the ordering services, with their SQL on stores in memory, under a scheduler \
                that chooses what happens next: which service's transaction runs, which message is published or \
                delivered, which confirm or answer is lost, which delivery comes twice or late, which service \
                crashes. After every step the invariants are checked; those about rest, once nothing moves any \
                more. A violation is reported as the shortest history that leads to it, with a token that replays \
                it.

                'complete' means that every history within the options was covered. The variants are other designs: \
                the original ones, and the production code with one safeguard removed.
                """,
            options: OrderingExploreOptions.all, rules: OrderingExploreOptions.rules,
            check: OrderingExploreOptions.check,
            examples: [
                ExampleSpec(
                    command: "qrpay ordering explore --style events",
                    summary: "Two presses and one fault of each kind"),
                ExampleSpec(
                    command: "qrpay ordering explore --style http --balance 0 --lost-answers 1",
                    summary: "An order that is refused, and a lost answer"),
                ExampleSpec(
                    command: "qrpay ordering explore --variant no-outbox --html no-outbox.html",
                    summary: "What happens without an outbox"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 0, meaning: "No violation found; see the verdict for coverage"),
                ExitStatusSpec(status: 1, meaning: "An invariant can be violated"),
                ExitStatusSpec(status: 2, meaning: "Unknown variant, or an invalid or outdated token"),
            ]),
        libraries: [.signing]
    ) { options, context in
        let (run, violation) =
            if let source = options[SearchOptions.replay] {
                try replay(source)
            } else {
                try await explore(options, context)
            }
        try run.show(options, context)
        try SearchOptions.save(
            try violation.map { try JSONText.render(try SavedOrderingHistory($0).json).description }, options, context)
        return run.status
    }

    private static func explore(
        _ options: ParsedOptions, _ context: Context
    ) async throws -> (ExplorationOutput, OrderingViolation?) {
        var explorer = OrderingExploreOptions.explorer(options)
        let limits = SearchLimits(options, context)
        (explorer.isOver, explorer.isTooLate) = (limits.isOver, limits.isTooLate)
        let report = try await limits.run(what: "the ordering services") { [explorer] in try explorer.explore() }
        var output = ExplorationOutput(explorer.variant, explorer.scenario, report.violations)
        output.counts = report.findings
        output.seconds = limits.seconds
        output.work = [
            ("code_runs", report.work.codeRuns), ("process_states", report.work.processStates),
            ("transactions", report.work.transactions), ("store_states", report.work.storeStates),
            ("judged", report.work.judged),
        ]
        if options[SearchOptions.count] { output.histories = try explorer.countHistories() }
        return (output, report.violations.first)
    }

    private static func replay(_ source: String) throws -> (ExplorationOutput, OrderingViolation?) {
        try SearchOptions.replaying {
            let violation: OrderingViolation
            if source.hasPrefix(OrderingToken.prefix) {
                violation = try OrderingToken(text: source).replay()
            } else {
                violation = try SavedOrderingHistory(json: try SearchOptions.saved(source)).replay()
            }
            let token = try OrderingToken(text: violation.token)
            let variant = OrderingVariant.named(token.variant) ?? .production
            return (ExplorationOutput(variant, token.scenario, [violation]), violation)
        }
    }
}

extension ExplorationOutput {
    fileprivate init(
        _ variant: OrderingVariant, _ scenario: OrderingScenario, _ violations: [OrderingViolation]
    ) {
        self.init(
            command: "qrpay ordering explore", name: variant.name, summary: variant.summary,
            invariants: (scenario.only.map { [$0] } ?? variant.invariants).map(\.rawValue), bounds: scenario.text,
            boundsJSON: (try? JSONValue(encoding: scenario))?.object ?? [:], statusColumn: "order",
            sentenceLanguage: "en", violations: violations.map(Found.init))
    }
}
