import CommandLineKit
import EncodingKit
import Explorer
import JSONKit
import PaymentCore
import Simulator

/// The result of an exploration or a replay.
struct ExplorationOutput: Presentable {
    let variant: Variant
    let scenario: Scenario
    /// Nil for a replay.
    let report: Explorer.Report?
    let violations: [Violation]
    let seconds: Double
    /// The number of histories without reduction; nil when not counted.
    var histories: Double?

    init(_ explorer: Explorer, _ report: Explorer.Report, seconds: Double) {
        variant = explorer.variant
        scenario = explorer.scenario
        self.report = report
        violations = report.violations
        self.seconds = seconds
    }

    init(replayed violation: Violation, _ variant: String, _ scenario: Scenario) {
        self.variant = Variant.named(variant) ?? .production
        self.scenario = scenario
        report = nil
        violations = [violation]
        seconds = 0
    }

    /// `"incomplete: 60 s elapsed, explored 1234"`.
    var verdict: String {
        guard let report else { return "replayed" }
        let explored = report.findings.schedules + report.findings.pruned
        return report.findings.incomplete.map { "incomplete: \($0), explored \(explored)" } ?? "complete"
    }

    static func round(_ number: Double) -> String {
        number >= 100 || number == number.rounded()
            ? String(Int(number.rounded())) : String((number * 100).rounded() / 100)
    }

    // MARK: JSON

    var json: JSONObject {
        var json: JSONObject = [
            "variant": variant.name, "users": scenario.users,
            "verdict": report == nil ? "replayed" : report?.findings.incomplete == nil ? "complete" : "incomplete",
            "schedules": report?.findings.schedules ?? 1, "pruned": report?.findings.pruned ?? 0,
            "final_states": report?.findings.finalStates ?? 1, "seconds": (seconds * 1000).rounded() / 1000,
            "violations": violations.filter { $0.invariant != nil }.map(Self.json),
            "scenario": scenario,
        ]
        guard let report else {
            json["history"] = violations.first.map { $0.history.moments.map(Self.json) }
            return json
        }
        json["incomplete"] = report.findings.incomplete
        json["histories"] = histories
        json["steps"] = report.findings.steps
        json["deepest"] = report.findings.deepest
        json["invariants"] = variant.invariants.map(\.rawValue)
        json["work"] =
            [
                "code_runs": report.work.codeRuns, "process_states": report.work.processStates,
                "transactions": report.work.transactions, "store_states": report.work.storeStates,
                "partner_states": report.work.partnerStates, "judged": report.work.judged,
            ] as JSONObject
        return json
    }

    private static func json(_ violation: Violation) -> JSONObject {
        [
            "invariant": violation.invariant?.rawValue,
            "explanations": violation.history.broken.map(\.description), "sentence": violation.sentence,
            "steps": violation.history.moments.map(json), "token": violation.token,
        ]
    }

    private static func json(_ moment: Moment) -> JSONObject {
        [
            "lane": moment.lane, "partner": moment.partner, "text": moment.text, "status": moment.status,
            "is_fault": moment.isFault,
        ]
    }

    // MARK: Text

    func write(to context: Context) throws {
        let style = context.terminal.style
        try context.output.write("\(style.bold(variant.name)): \(variant.summary)\n\(scenarioText)\n")
        for violation in violations {
            try context.output.write("\n")
            if let invariant = violation.invariant {
                let count = violation.history.moments.count
                let steps = count.counted("step")
                try context.output.write("\(style.red(invariant.rawValue)) can be violated, in \(steps)\n")
            } else {
                try context.output.write("\(style.green("holds"))\n")
            }
            for broken in violation.history.broken {
                try context.output.write("  \(broken.description)\n")
            }
            if let sentence = violation.sentence { try context.output.write("  rule: «\(sentence)»\n") }
            try context.output.write("\n")
            try context.output.write(
                LaneTable(violation.history).render(width: context.terminal.columns, style: style))
            if report != nil { try context.output.write("\n  qrpay explore --replay \(violation.token)\n") }
        }
        guard let report else { return }
        try context.output.write("\n\(summary(report, style))")
    }

    var scenarioText: String {
        func some(_ count: Int, _ one: String, _ many: String? = nil) -> String? {
            count == 0 ? nil : count.counted(one, many)
        }
        let cards = (0..<scenario.users).map { scenario.card(of: $0) }.joined(separator: ", ")
        let parts = [
            "\(scenario.users.counted("guest")) (\(cards))",
            "pressing pay up to \(scenario.presses == 1 ? "once" : "\(scenario.presses) times")",
            some(scenario.workers, "worker"), some(scenario.refunds, "refund"),
            some(scenario.lostAnswers, "lost answer"), some(scenario.lostQuestions, "lost question"),
            some(scenario.duplicates, "duplicate report"), some(scenario.crashes, "crash", "crashes"),
            some(scenario.pauses, "pause"), some(scenario.decisions, "decision of the bank", "decisions of the bank"),
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }

    private func summary(_ report: Explorer.Report, _ style: TextStyle) -> TerminalText {
        let findings = report.findings
        let conclusion: TerminalText =
            if !violations.isEmpty {
                style.red("\(violations.count) of \(variant.invariants.count) invariants can be violated")
            } else if findings.incomplete == nil {
                style.green("holds") + ": no history violates any of \(variant.invariants.count) invariants"
            } else {
                style.yellow("nothing broken so far") + ", but the search is incomplete"
            }
        let rate = seconds > 0 ? Double(findings.schedules + findings.pruned) / seconds : 0
        let stepRate = seconds > 0 ? Double(findings.steps) / seconds : 0
        let verdict = findings.incomplete == nil ? style.green(verdict) : style.yellow(verdict)
        let unreduced: TerminalText = histories.map { "without any reduction there are \($0) histories\n" } ?? ""
        return """
            \(conclusion)
            \(verdict): \(findings.schedules) complete histories, \(findings.pruned) pruned, \
            \(findings.finalStates) final states, the longest \(findings.deepest) steps
            \(Self.round(seconds)) s: \(Self.round(rate)) histories a second, \(Self.round(stepRate)) steps a second; \
            \(report.work.codeRuns) runs of the code, \(report.work.transactions) transactions, \
            \(report.work.judged) states checked
            \(unreduced)
            """
    }
}
