package import OrderingCore

/// What to explore of the ordering system: the style, who does what how often, and the budgets of faults.
///
/// Everything is bounded, so that the number of histories is finite.
package struct OrderingScenario: Codable, Hashable, Sendable {
    /// What makes several presses of a user the same order.
    package enum Repetition: String, CaseIterable, Codable, Sendable {
        /// The user's basket, which is there from the start.
        case basket
        /// An idempotency key.
        case key
        /// Nothing: each press is another order.
        case nothing
    }

    package var style = StyleName.hybrid
    package var repetition = Repetition.basket
    package var users = 1
    /// How often each user orders.
    package var presses = 2
    /// How many orders each account can pay at the start.
    package var balance = 1
    /// Deposits of the price of one order, by the first user.
    package var deposits = 0
    /// 1 when there is no basket at the start, and each press asks for it before it orders.
    package var fetches = 0
    /// Deliveries whose acknowledgement is lost, so that they are repeated.
    package var duplicates = 0
    /// Publications that arrive and whose confirm is lost.
    package var lostConfirms = 0
    /// Requests that take effect and whose answer is lost, and clients that stop waiting.
    package var lostAnswers = 0
    /// Requests that never arrive.
    package var lostRequests = 0
    /// Services that lose what they have in memory.
    package var crashes = 0
    /// Times the clock advances to the next deadline although other steps are possible.
    package var pauses = 0
    /// 1 when users order before billing has heard of them.
    package var early = 0
    /// The only invariant to check, so that histories go on after they have violated others; nil for all.
    package var only: OrderingInvariant?

    package init(style: StyleName = .hybrid) { self.style = style }

    /// One user who orders twice, and one fault of each kind that a broker can have.
    package static let standard: OrderingScenario = {
        var scenario = OrderingScenario()
        (scenario.duplicates, scenario.lostConfirms, scenario.crashes) = (1, 1, 1)
        return scenario
    }()

    private enum CodingKeys: String, CodingKey {
        case style, users, presses, balance, deposits, duplicates, crashes, pauses, early, only
        case fetches = "get_basket"
        case repetition = "under"
        case lostConfirms = "lost_confirms"
        case lostAnswers = "lost_answers"
        case lostRequests = "lost_requests"
    }

    /// In an order that tokens rely on.
    var numbers: [Int] {
        get {
            [
                StyleName.allCases.firstIndex(of: style) ?? 0, Repetition.allCases.firstIndex(of: repetition) ?? 0,
                users, presses, balance, deposits, fetches, duplicates, lostConfirms, lostAnswers, lostRequests,
                crashes, pauses, early,
                only.flatMap { OrderingInvariant.allCases.firstIndex(of: $0) }.map { $0 + 1 } ?? 0,
            ]
        }
        set {
            guard newValue.count == 15, newValue[14] <= OrderingInvariant.allCases.count,
                StyleName.allCases.indices.contains(newValue[0]),
                Repetition.allCases.indices.contains(newValue[1])
            else {
                users = -1
                return
            }
            (style, repetition) = (StyleName.allCases[newValue[0]], Repetition.allCases[newValue[1]])
            (users, presses, balance, deposits) = (newValue[2], newValue[3], newValue[4], newValue[5])
            (fetches, duplicates, lostConfirms) = (newValue[6], newValue[7], newValue[8])
            (lostAnswers, lostRequests, crashes) = (newValue[9], newValue[10], newValue[11])
            (pauses, early) = (newValue[12], newValue[13])
            only = newValue[14] == 0 ? nil : OrderingInvariant.allCases[newValue[14] - 1]
        }
    }

    /// The maximum of each number.
    package static let limit = 9

    var isValid: Bool {
        users >= 1 && presses >= 1 && early <= 1 && fetches <= 1
            && numbers.dropLast().allSatisfy { (0...Self.limit).contains($0) }
    }
}
