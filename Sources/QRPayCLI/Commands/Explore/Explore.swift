import CommandLineKit
import Explorer
import PaymentCore
import Payments
import Simulator
import Synchronization
import WorldKit

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

                'complete' means that every history within the options was covered. The variants seed-… are designs \
                that were considered before the current one.
                """,
            options: ExploreOptions.all, rules: ExploreOptions.rules, check: ExploreOptions.check,
            examples: [
                ExampleSpec(command: "qrpay explore", summary: "Two guests and one fault of each kind"),
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
        let run =
            if let source = options[ExploreOptions.replay] {
                try replay(source)
            } else {
                try await explore(options, context)
            }
        if options.isJSON {
            try context.output.write(try JSONText.render(run.json))
        } else {
            try run.write(to: context)
        }
        if let path = options[ExploreOptions.html] {
            try LocalFile.write(Array(HistoryPage.render(run).utf8), to: path)
        }
        if let path = options[ExploreOptions.save] { try save(run, to: path, context) }
        return run.violations.contains { $0.invariant != nil } ? .negative : .done
    }

    private static func explore(_ options: ParsedOptions, _ context: Context) async throws -> ExplorationOutput {
        var explorer = ExploreOptions.explorer(options)
        let limit = options[ExploreOptions.seconds]
        let world = context.world
        let begun = world.now()
        let findings = Latest()
        explorer.isOver = {
            findings.take($0)
            return world.now().seconds(since: begun) > limit ? "\(ExplorationOutput.round(limit)) s elapsed" : nil
        }
        // As long again, to shorten the violations.
        explorer.isTooLate = { world.now().seconds(since: begun) > 2 * limit }
        let report: Explorer.Report
        do {
            report = try await ProgressLine(context).show {
                findings.text
            } during: { [explorer] in
                try explorer.explore()
            }
        } catch let error as SchedulerError {
            throw Problem(.defect, "cannot_follow", "the explorer cannot follow the payment code: \(error)")
        } catch let error as StoreSchemaError {
            throw Problem(.defect, "cannot_follow", error.description)
        } catch let error as RewindError {
            throw Problem(.defect, "cannot_follow", error.description)
        }
        var output = ExplorationOutput(explorer, report, seconds: world.now().seconds(since: begun))
        if options[ExploreOptions.count] { output.histories = try explorer.countHistories() }
        return output
    }

    // MARK: Replays

    private static func replay(_ source: String) throws -> ExplorationOutput {
        do {
            if !source.hasPrefix("qx1-") {
                let saved = try SavedHistory(
                    json: try LocalFile.read(source, maximumBytes: 1 << 20, what: "the history"))
                return ExplorationOutput(replayed: try saved.replay(), saved.variant, saved.scenario)
            }
            let token = try Token(text: source)
            return ExplorationOutput(replayed: try token.replay(), token.variant, token.scenario)
        } catch let error as ReplayError {
            throw Problem(error)
        }
    }

    private static func save(_ run: ExplorationOutput, to path: String, _ context: Context) throws {
        guard let violation = run.violations.first else {
            return try context.note("no violation: nothing saved in \(path)")
        }
        do {
            try LocalFile.write(Array(try ScenarioFile(violation).json.utf8), to: path)
        } catch let error as ReplayError {
            throw Problem(error)
        }
    }
}

extension Problem {
    fileprivate init(_ error: ReplayError) {
        switch error {
        case .notAToken(let why):
            self.init(.invalid, "bad_token", "not a token or saved history of this program: \(why)")
        case .changed(let number, let was, let now):
            let was = was.map { " '\($0)'" } ?? ""
            self.init(
                .invalid, "stale_token",
                "the code has changed: step \(number)\(was) is "
                    + (now.map { "now '\($0)'" } ?? "no longer possible"),
                hint: "explore again, and save the result")
        case .changedSomewhere:
            self.init(
                .invalid, "stale_token", "the code has changed: these choices lead to another history now",
                hint: "explore again, and save the result")
        }
    }
}

/// The progress of an exploration.
private final class Latest: Sendable {
    private let counts = Mutex((histories: 0, pruned: 0, steps: 0))

    func take(_ findings: SearchCounts) {
        counts.withLock { $0 = (findings.schedules, findings.pruned, findings.steps) }
    }

    var text: String {
        let counts = counts.withLock { $0 }
        return "\(counts.histories) histories, \(counts.pruned) pruned, \(counts.steps) steps"
    }
}
