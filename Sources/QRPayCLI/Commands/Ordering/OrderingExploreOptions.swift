import CommandLineKit
import EncodingKit
import Explorer
import OrderingCore
import Payments

/// The options for what to explore of the ordering system, and how.
enum OrderingExploreOptions {
    /// One bound of the scenario.
    private struct Count {
        let option: Option<Int?>
        let get: @Sendable (OrderingScenario) -> Int
        let set: @Sendable (inout OrderingScenario, Int) -> Void

        init(
            _ name: String, atLeast least: Int = 0, summary: String,
            get: @escaping @Sendable (OrderingScenario) -> Int,
            set: @escaping @Sendable (inout OrderingScenario, Int) -> Void
        ) {
            option = Option(name, "N", .integer(in: least...OrderingScenario.limit), summary: summary)
            self.get = get
            self.set = set
        }
    }

    private static let counts = [
        Count("users", atLeast: 1, summary: "Users who order; default 1", get: \.users) { $0.users = $1 },
        Count("presses", atLeast: 1, summary: "Orders of each user; default 2", get: \.presses) { $0.presses = $1 },
        Count("balance", summary: "Orders that an account can pay at the start; default 1", get: \.balance) {
            $0.balance = $1
        },
        Count("deposits", summary: "Deposits of the price of an order; default 0", get: \.deposits) {
            $0.deposits = $1
        },
        Count("duplicates", summary: "Deliveries that are repeated; default 1", get: \.duplicates) {
            $0.duplicates = $1
        },
        Count("lost-confirms", summary: "Publications whose confirm is lost; default 1", get: \.lostConfirms) {
            $0.lostConfirms = $1
        },
        Count("lost-answers", summary: "Requests whose answer is lost; default 0", get: \.lostAnswers) {
            $0.lostAnswers = $1
        },
        Count("lost-requests", summary: "Requests and publications that never arrive; default 0", get: \.lostRequests) {
            $0.lostRequests = $1
        },
        Count("crashes", summary: "Services that crash between two effects; default 1", get: \.crashes) {
            $0.crashes = $1
        },
        Count(
            "pauses", summary: "Times the clock advances to the next deadline while something is under way; default 0",
            get: \.pauses
        ) { $0.pauses = $1 },
    ]

    private static let variant = Option(
        "variant", "VARIANT", .words(OrderingVariant.all.map { ($0.name, $0) }),
        default: OrderingVariant.production.name, summary: "The design to explore")
    private static let style = Option(
        "style", "STYLE", ValueParser<StyleName>.word, summary: "How the services communicate; default hybrid")
    private static let repetition = Option(
        "under", "WHAT", ValueParser<OrderingScenario.Repetition>.word,
        summary: "What makes the presses of a user one order; default basket")
    private static let early = Option(
        flag: "early", summary: "Users order before billing has heard of them, and have no money")
    private static let fetches = Option(
        flag: "get-basket", summary: "Each press asks for the basket first; there is none at the start")
    private static let only = Option(
        "only", "INVARIANT", ValueParser<OrderingInvariant>.word,
        summary: "Check this invariant alone, so that histories go on after they have violated others")
    private static let without = SearchOptions.without(
        SearchOptions.reductions + [("atomicity", .atomicity), ("repetitions", .repetitions)])

    private static let describing: [any CommandOption] =
        [variant, style, repetition] + counts.map(\.option) + [early, fetches, only] + SearchOptions.search
        + [without, SearchOptions.count]

    static let all = describing + SearchOptions.output

    /// A token contains the scenario, so options that describe it would conflict.
    static let rules: [OptionRule] = [.alone(SearchOptions.replay, without: describing)]

    /// - Throws: ``Problem`` `usage` for an option that the strategy or the variant does not have.
    static func check(_ options: ParsedOptions) throws {
        try SearchOptions.check(options)
        let variant = options[variant]
        if let style = options[style], !variant.styles.contains(style) {
            throw Problem(
                .invalid, "usage",
                "\(Self.variant.label) \(variant.name) has the style "
                    + variant.styles.map(\.rawValue).joined(separator: " or ") + ", not \(style.rawValue)")
        }
    }

    static func explorer(_ options: ParsedOptions) -> OrderingExplorer {
        let variant = options[variant]
        var scenario = variant.scenario
        if let style = options[style] { scenario.style = style }
        if let repetition = options[repetition] { scenario.repetition = repetition }
        for count in counts { if let number = options[count.option] { count.set(&scenario, number) } }
        if options[early] { scenario.early = 1 }
        if options[fetches] { scenario.fetches = 1 }
        if let only = options[only] { scenario.only = only }
        var explorer = OrderingExplorer(variant: variant, scenario: scenario)
        explorer.strategy = SearchOptions.strategy(options)
        explorer.reductions = options[without].reduce(into: .ordering) { $0.remove($1) }
        return explorer
    }
}

extension OrderingScenario {
    /// The bounds in words.
    var text: String {
        let orders: String =
            switch repetition {
            case .basket: "the same basket"
            case .key: "under the same key"
            case .nothing: "something else each time"
            }
        let parts = [
            "\(style.rawValue): \(users.counted("user"))",
            "ordering up to \(presses == 1 ? "once" : "\(presses) times")",
            orders, early == 1 ? "before the account is open" : "with money for \(balance.counted("order"))",
            fetches == 1 ? "asking for it first" : nil, deposits.some("deposit"),
            duplicates.some("duplicate"), lostConfirms.some("lost confirm"), lostAnswers.some("lost answer"),
            lostRequests.some("lost request"), crashes.some("crash", "crashes"), pauses.some("pause"),
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }
}
