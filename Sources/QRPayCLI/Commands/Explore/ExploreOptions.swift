import CommandLineKit
import Explorer
import JSONKit
import PaymentCore
import PaymentSandbox
import Payments
import Simulator

/// The options for what to explore, and how.
enum ExploreOptions {
    /// One bound of the scenario.
    private struct Count {
        let option: Option<Int>
        let set: @Sendable (inout Scenario, Int) -> Void

        init(
            _ name: String, default standard: Int, atLeast least: Int = 0, summary: String,
            set: @escaping @Sendable (inout Scenario, Int) -> Void
        ) {
            option = Option(
                name, "N", .integer(in: least...Scenario.limit), default: "\(standard)", summary: summary)
            self.set = set
        }
    }

    private static let counts = [
        Count("users", default: 2, atLeast: 1, summary: "Guests paying the same order") { $0.users = $1 },
        Count("presses", default: 2, atLeast: 1, summary: "Maximum payment attempts per guest") { $0.presses = $1 },
        Count("workers", default: 1, summary: "Workers") { $0.workers = $1 },
        Count("refunds", default: 0, summary: "Refunds of two thirds of the bill") { $0.refunds = $1 },
        Count("lost-answers", default: 1, summary: "Answers lost after the request took effect") {
            $0.lostAnswers = $1
        },
        Count("lost-questions", default: 0, summary: "Requests to partners that never arrive") {
            $0.lostQuestions = $1
        },
        Count("duplicates", default: 1, summary: "Duplicate reports") { $0.duplicates = $1 },
        Count("crashes", default: 1, summary: "Processes that crash between two effects") { $0.crashes = $1 },
        Count(
            "pauses", default: 0, summary: "Times the clock advances to the next deadline while a process is busy"
        ) { $0.pauses = $1 },
        Count(
            "decisions", default: 0, summary: "Bank decisions: a pending operation succeeds or fails, a hold lapses"
        ) { $0.decisions = $1 },
    ]

    private enum Kind: String, CaseIterable { case exhaustive, random, pct }

    private static let variant = Option(
        "variant", "VARIANT", .words(Variant.all.map { ($0.name, $0) }), default: Variant.production.name,
        summary: "The design to explore")
    private static let cards = Option(
        "cards", "CARDS", card.list, default: "decline-once,approve", summary: "The guests' cards, in turn")
    private static let strategyKind = Option(
        "strategy", "STRATEGY", ValueParser<Kind>.word, default: Kind.exhaustive.rawValue,
        summary: "All histories, random ones, or random ones that favour bugs of few constraints")
    private static let preemptions = Option(
        "preemptions", "N", .integer(in: 0...1000), summary: "At most N switches away from a busy process")
    private static let depth = Option(
        "depth", "N", .integer(in: 1...100), default: "3", summary: "Number of ordering constraints that pct targets")
    private static let seed = Option(
        "seed", "SEED", .integer(in: 0...Int.max), default: "1", summary: "Seed of the random histories")
    private static let schedules = Option(
        "schedules", "N", .integer(in: 1...Int.max), summary: "At most N random histories")
    private static let without = Option(
        repeated: "without", "REDUCTION",
        .words([
            ("sleep-sets", Reductions.sleepSets), ("states", .states), ("symmetry", .symmetry),
            ("forgetting", .forgetting), ("memory", .memory),
        ]), summary: "Disable a reduction")
    static let seconds = Option("seconds", "TIME", .seconds(), default: "60s", summary: "Stop after this time")
    static let count = Option(flag: "count", summary: "Also count all histories, without reductions")
    static let replay = Option(
        "replay", "TOKEN", .file, summary: "Replay one history, by its token or from a saved file")
    static let save = Option("save", "FILE", .file, summary: "Save the shortest violation as a JSON file")
    static let html = Option("html", "FILE", .file, summary: "Write the result as an HTML page")

    private static let describing: [any CommandOption] =
        [variant] + counts.map(\.option) + [
            cards, strategyKind, preemptions, depth, seed, schedules, seconds, without, count,
        ]

    static let all = describing + [replay, save, html]

    /// A token contains the scenario, so options that describe it would conflict.
    static let rules: [OptionRule] = [.alone(replay, without: describing)]

    private static let card = ValueParser<String>(completion: .values(Card.allCases.map(\.word))) { word in
        guard let card = Card(rawValue: word) ?? Card(rawValue: "card-\(word)") else {
            throw InvalidValue("must be of " + Card.allCases.map(\.word).joined(separator: ", "))
        }
        return card.rawValue
    }

    /// - Throws: ``Problem`` `usage` for an option that the strategy does not use.
    static func check(_ options: ParsedOptions) throws {
        let kind = options[strategyKind]
        let unused: [any CommandOption] =
            switch kind {
            case .exhaustive: [depth, seed, schedules]
            case .random: [preemptions, depth]
            case .pct: [preemptions]
            }
        for option in unused where options.isGiven(option) {
            throw Problem(
                .invalid, "usage", "\(option.label) cannot be used with \(strategyKind.label) \(kind.rawValue)")
        }
    }

    static func explorer(_ options: ParsedOptions) -> Explorer {
        var scenario = Scenario()
        for count in counts { count.set(&scenario, options[count.option]) }
        scenario.cards = options[cards]
        var explorer = Explorer(variant: options[variant], scenario: scenario)
        explorer.strategy = strategy(options)
        explorer.reductions = options[without].reduce(into: .all) { $0.remove($1) }
        return explorer
    }

    private static func strategy(_ options: ParsedOptions) -> Explorer.Strategy {
        let (seed, limit) = (UInt64(options[seed]), options[schedules])
        return switch options[strategyKind] {
        case .exhaustive: .exhaustive(preemptions: options[preemptions])
        case .random: .random(seed: seed, limit: limit)
        case .pct: .priorities(seed: seed, depth: options[depth], limit: limit)
        }
    }
}

extension Card {
    /// `"decline-once"`.
    fileprivate var word: String { String(rawValue.dropFirst("card-".count)) }
}
