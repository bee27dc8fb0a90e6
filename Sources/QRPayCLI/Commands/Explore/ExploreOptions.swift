import CommandLineKit
import EncodingKit
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
        conflicts,
    ]
    private static let conflicts = Count(
        "conflicts", default: 0,
        summary: "Transactions on snapshots that conflict each time the engine runs them, and fail"
    ) { $0.conflicts = $1 }

    private static let variant = Option(
        "variant", "VARIANT", .words(Variant.all.map { ($0.name, $0) }), default: Variant.production.name,
        summary: "The design to explore")
    private static let cards = Option(
        "cards", "CARDS", card.list, default: "decline-once,approve", summary: "The guests' cards, in turn")
    private static let without = SearchOptions.without(SearchOptions.reductions)

    private static let describing: [any CommandOption] =
        [variant] + counts.map(\.option) + [cards, SearchOptions.isolation] + SearchOptions.search + [
            without, SearchOptions.count,
        ]

    static let all = describing + SearchOptions.output

    /// A token contains the scenario, so options that describe it would conflict.
    static let rules: [OptionRule] = [
        .alone(SearchOptions.replay, without: describing), .needs(SearchOptions.isolation, [conflicts.option]),
    ]

    private static let card = ValueParser<String>(completion: .values(Card.allCases.map(\.word))) { word in
        guard let card = Card(rawValue: word) ?? Card(rawValue: "card-\(word)") else {
            throw InvalidValue("must be of " + Card.allCases.map(\.word).joined(separator: ", "))
        }
        return card.rawValue
    }

    static func explorer(_ options: ParsedOptions) -> Explorer {
        var scenario = Scenario()
        for count in counts { count.set(&scenario, options[count.option]) }
        scenario.cards = options[cards]
        scenario.isolation = options[SearchOptions.isolation]
        var explorer = Explorer(variant: options[variant], scenario: scenario)
        explorer.strategy = SearchOptions.strategy(options)
        explorer.reductions = options[without].reduce(into: .all) { $0.remove($1) }
        return explorer
    }
}

extension Card {
    /// `"decline-once"`.
    fileprivate var word: String { String(rawValue.dropFirst("card-".count)) }
}

extension Scenario {
    /// The bounds in words.
    var text: String {
        let cards = (0..<users).map { card(of: $0) }.joined(separator: ", ")
        let parts = [
            "\(users.counted("guest")) (\(cards))",
            "pressing pay up to \(presses == 1 ? "once" : "\(presses) times")",
            workers.some("worker"), refunds.some("refund"), lostAnswers.some("lost answer"),
            lostQuestions.some("lost question"), duplicates.some("duplicate report"),
            crashes.some("crash", "crashes"), pauses.some("pause"),
            decisions.some("decision of the bank", "decisions of the bank"),
            conflicts.some("conflict"), isolation == .snapshot ? "transactions on snapshots" : nil,
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }
}

extension Int {
    /// Nil for none.
    func some(_ one: String, _ many: String? = nil) -> String? { self == 0 ? nil : counted(one, many) }
}
