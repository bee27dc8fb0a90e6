import CommandLineKit
import QRPayDomain
import QRPaySimulation

enum Explore {
    static let command = Command(
        CommandSpec(
            path: ["explore"], summary: "Try every order of events on the payment code",
            options: ["users", "presses", "workers", "refunds", "lost", "unreached", "duplicates", "crashes", "pauses", "decisions", "cards", "reductions", "variant"].map {
                OptionSpec(name: $0, value: "N", summary: "N")
            })
    ) { options, context in
        var scenario = Scenario()
        scenario.users = try options.integer("users", in: 1...8) ?? 2
        scenario.presses = try options.integer("presses", in: 1...8) ?? scenario.presses
        scenario.workers = try options.integer("workers", in: 1...8) ?? scenario.workers
        scenario.refunds = try options.integer("refunds", in: 0...8) ?? 0
        scenario.lostAnswers = try options.integer("lost", in: 0...8) ?? 0
        scenario.lostQuestions = try options.integer("unreached", in: 0...8) ?? 0
        scenario.duplicates = try options.integer("duplicates", in: 0...8) ?? 0
        scenario.crashes = try options.integer("crashes", in: 0...8) ?? 0
        scenario.pauses = try options.integer("pauses", in: 0...8) ?? 0
        scenario.decisions = try options.integer("decisions", in: 0...8) ?? 0
        if let cards = options.value("cards") { scenario.cards = cards.split(separator: ",").map { "card-\($0)" } }
        var explorer = Explorer(scenario: scenario)
        if let name = options.value("variant") { explorer.variant = Variant.named(name) ?? .production }
        explorer.reductions = Reductions(rawValue: try options.integer("reductions", in: 0...15) ?? 15)
        let begun = context.world.now()
        explorer.isOver = { context.world.now().seconds(since: begun) > 60 ? "60 seconds" : nil }
        let report = try explorer.explore()
        let seconds = context.world.now().seconds(since: begun)
        for violation in report.violations {
            try context.output.write("\n\(violation.invariant): \(violation.history.moments.count)\n")
            for m in violation.history.moments { try context.output.write("  \(m.lane)\t\(m.partner ?? "")\t\(m.text)\t\(m.status ?? "")\n") }
            for b in violation.history.broken { try context.output.write("  !! \(b)\n") }
        }
        var rest = report
        rest.violations = []
        try context.output.write("\(rest)\n\(seconds) s, \(Double(report.schedules + report.pruned) / seconds) /s, \(Double(report.steps) / seconds) steps/s\n")
        return .done
    }
}
