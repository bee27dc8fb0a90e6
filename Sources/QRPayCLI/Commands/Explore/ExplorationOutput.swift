import CommandLineKit
import EncodingKit
import Explorer
import JSONKit

/// The result of an exploration or a replay, whatever the system.
struct ExplorationOutput: Presentable {
    /// A history that violates an invariant; one that violates none in a replay.
    struct Found {
        let invariant: String?
        let broken: [String]
        let sentence: String?
        let moments: [Moment]
        let token: String

        init<Broken: BrokenStatement>(_ violation: ExploredViolation<Broken>) {
            invariant = violation.invariant?.rawValue
            broken = violation.history.broken.map(\.description)
            sentence = violation.sentence
            moments = violation.history.moments
            token = violation.token
        }
    }

    /// `qrpay explore`.
    let command: String
    /// The variant.
    let name: String
    let summary: String
    let invariants: [String]
    /// The bounds, in words and as JSON.
    let bounds: String
    let boundsJSON: JSONObject
    /// The last column of histories.
    let statusColumn: String
    /// The language of the sentences that histories refute.
    let sentenceLanguage: String
    /// Nil for a replay.
    var counts: SearchCounts?
    var work: [(name: String, count: Int)] = []
    let violations: [Found]
    var seconds = 0.0
    /// The number of histories without reduction; nil when not counted.
    var histories: Double?

    init(
        command: String, name: String, summary: String, invariants: [String], bounds: String, boundsJSON: JSONObject,
        statusColumn: String, sentenceLanguage: String, violations: [Found]
    ) {
        self.command = command
        self.name = name
        self.summary = summary
        self.invariants = invariants
        self.bounds = bounds
        self.boundsJSON = boundsJSON
        self.statusColumn = statusColumn
        self.sentenceLanguage = sentenceLanguage
        self.violations = violations
    }

    private func work(_ name: String) -> Int { work.first { $0.name == name }?.count ?? 0 }

    /// `"incomplete: 60 s elapsed, explored 1234"`.
    var verdict: String {
        guard let counts else { return "replayed" }
        let explored = counts.schedules + counts.pruned
        return counts.incomplete.map { "incomplete: \($0), explored \(explored)" } ?? "complete"
    }

    static func round(_ number: Double) -> String {
        number >= 100 || number == number.rounded()
            ? String(Int(number.rounded())) : String((number * 100).rounded() / 100)
    }

    // MARK: JSON

    var json: JSONObject {
        var json: JSONObject = ["variant": name]
        json.members += boundsJSON.members.filter { $0.name == "users" || $0.name == "style" }
        json["verdict"] = counts == nil ? "replayed" : counts?.incomplete == nil ? "complete" : "incomplete"
        json["schedules"] = counts?.schedules ?? 1
        json["pruned"] = counts?.pruned ?? 0
        json["final_states"] = counts?.finalStates ?? 1
        json["seconds"] = (seconds * 1000).rounded() / 1000
        json["violations"] = violations.filter { $0.invariant != nil }.map(Self.json)
        json["scenario"] = boundsJSON
        guard let counts else {
            json["history"] = violations.first.map { $0.moments.map(Self.json) }
            return json
        }
        json["incomplete"] = counts.incomplete
        json["histories"] = histories
        json["steps"] = counts.steps
        json["deepest"] = counts.deepest
        json["invariants"] = invariants
        var numbers = JSONObject()
        for (name, count) in work { numbers[name] = count }
        json["work"] = numbers
        return json
    }

    private static func json(_ found: Found) -> JSONObject {
        [
            "invariant": found.invariant, "explanations": found.broken, "sentence": found.sentence,
            "steps": found.moments.map(json), "token": found.token,
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
        try context.output.write("\(style.bold(name)): \(summary)\n\(bounds)\n")
        for violation in violations {
            try context.output.write("\n")
            if let invariant = violation.invariant {
                let steps = violation.moments.count.counted("step")
                try context.output.write("\(style.red(invariant)) can be violated, in \(steps)\n")
            } else {
                try context.output.write("\(style.green("holds"))\n")
            }
            for broken in violation.broken { try context.output.write("  \(broken)\n") }
            if let sentence = violation.sentence { try context.output.write("  rule: «\(sentence)»\n") }
            try context.output.write("\n")
            try context.output.write(
                LaneTable(violation.moments, status: statusColumn)
                    .render(width: context.terminal.columns, style: style))
            if counts != nil { try context.output.write("\n  \(command) --replay \(violation.token)\n") }
        }
        guard let counts else { return }
        try context.output.write("\n\(summary(counts, style))")
    }

    private func summary(_ findings: SearchCounts, _ style: TextStyle) -> TerminalText {
        let conclusion: TerminalText =
            if !violations.isEmpty {
                style.red("\(violations.count) of \(invariants.count) invariants can be violated")
            } else if findings.incomplete == nil {
                style.green("holds") + ": no history violates any of \(invariants.count) invariants"
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
            \(work("code_runs")) runs of the code, \(work("transactions")) transactions, \
            \(work("judged")) states checked
            \(unreduced)
            """
    }
}
