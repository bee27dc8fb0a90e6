package import JSONKit
package import PaymentCore
package import PaymentSandbox

/// Who does what to a running system, in which order or at once, and what must come of it.
///
/// ```json
/// {"name": "two-guests", "seed": 1, "restaurants": {"cafe": {"cashback": "10"}},
///  "steps": [{"id": "dinner", "do": "bill", "restaurant": "cafe", "amount": "120.00"},
///            {"do": "together", "expect": {"PAYED": 1, "order_taken": 1}, "branches": [
///              {"do": "pay", "order": "${dinner.order_id}", "guest": "anna", "card": "card-approve"},
///              {"do": "pay", "order": "${dinner.order_id}", "guest": "boris", "card": "card-approve"}]}],
///  "expect": {"statuses": {"CLEARED": 1}}}
/// ```
///
/// Read it with ``init(json:)``, which names every flaw's place, or make one and write it with ``json``.
package struct ScenarioFile: Hashable, Sendable {
    /// A restaurant that takes part; its key is its `client_id`.
    package struct Restaurant: Hashable, Sendable {
        package var name: String?
        /// Percent; nil for none.
        package var cashback: Percent?

        package init(name: String? = nil, cashback: Percent? = nil) {
            self.name = name
            self.cashback = cashback
        }
    }

    package struct Guest: Hashable, Sendable {
        /// Paid with where a step names no card; tried in turn when one is declined.
        package var cards: [String]

        package init(cards: [String]) { self.cards = cards }
    }

    package var name: String
    package var summary: String
    /// Decides everything that is left to chance: the same seed, the same decisions.
    package var seed: UInt64 = 1
    /// All of it, and coming to rest, must be over by then.
    package var timeoutSeconds = 60.0
    package var system = SystemSettings()
    /// By `client_id`; empty for the one restaurant ``standardRestaurant``.
    package var restaurants: [String: Restaurant] = [:]
    /// By uid; where any is named, steps can have no others.
    package var guests: [String: Guest] = [:]
    /// In force from the first step on.
    package var faults: [FaultRule] = []
    package var steps: [ScenarioStep] = []
    package var expect = FinalExpectation()
    /// The history that an exploration found and this scenario was made from; nothing that is run.
    package var explored: JSONObject?

    package static let standardRestaurant = "cafe"

    package init(name: String, summary: String = "") {
        self.name = name
        self.summary = summary
    }
}

/// How the system and the sandbox that a scenario is run on by default are set up.
package struct SystemSettings: Hashable, Sendable {
    /// So many tasks run at once; with 0 only ``StepKind/work`` steps run any.
    package var workers = 8
    /// Whether transactions reports changes; otherwise the workers ask, and ``StepKind/report`` steps report.
    package var hasCallbacks = true
    /// How long Eda takes to make a receipt.
    package var receiptDelaySeconds = 0.2
    /// How long operations of card-slow stay pending.
    package var slowCardSeconds = 0.3
    /// A hold still undecided after this is voided.
    package var holdTimeoutSeconds = 15 * 60.0
    /// An order nobody paid within this is closed.
    package var orderTTLSeconds = 2 * 3600.0
    /// One exchange with a partner may take so long.
    package var partnerTimeoutSeconds = 5.0
    /// The first pause after a partner failed, and between questions that were answered "not yet".
    package var retrySeconds = 0.1

    package init() {}
}

/// What must be true once things are quiet.
package struct FinalExpectation: Hashable, Sendable {
    package struct Order: Hashable, Sendable {
        package var status: OrderStatus?
        package var uid: String?
        /// Decimal text, as the next two.
        package var taken: String?
        package var refunded: String?
        /// What is accrued and not clawed back.
        package var cashback: String?
        package var receipts: Int?

        package init() {}
    }

    /// By the id of the ``StepKind/bill`` step that the order came from.
    package var orders: [String: Order] = [:]
    /// How many orders are in each status; those not named do not matter.
    package var statuses: [OrderStatus: Int] = [:]
    /// How many steps had each outcome; those not named do not matter.
    package var outcomes: [String: Int] = [:]
    /// The sum over all orders, decimal text; as the next one.
    package var taken: String?
    package var refunded: String?

    package init() {}
}
