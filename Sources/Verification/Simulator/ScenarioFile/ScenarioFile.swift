package import JSONKit
package import PaymentCore
package import PaymentSandbox

/// A scenario: steps on a running system, in sequence or in parallel, and the expected results.
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
/// Read with ``init(json:)``, which reports the place of every flaw, or create one and write it with ``json``.
package struct ScenarioFile: Hashable, Sendable {
    /// A participating restaurant; its key is its `client_id`.
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
        /// Used by steps without a card; tried in turn when one is declined.
        package var cards: [String]

        package init(cards: [String]) { self.cards = cards }
    }

    package var name: String
    package var summary: String
    /// The seed of all random decisions.
    package var seed: UInt64 = 1
    /// The time limit for all steps and the resulting work.
    package var timeoutSeconds = 60.0
    package var system = SystemSettings()
    /// By `client_id`; empty for the one restaurant ``standardRestaurant``.
    package var restaurants: [String: Restaurant] = [:]
    /// By uid; if any is given, steps can use no others.
    package var guests: [String: Guest] = [:]
    /// Active from the first step.
    package var faults: [FaultRule] = []
    package var steps: [ScenarioStep] = []
    package var expect = FinalExpectation()
    /// The explored history that this scenario was created from; not run.
    package var explored: JSONObject?

    package static let standardRestaurant = "cafe"

    package init(name: String, summary: String = "") {
        self.name = name
        self.summary = summary
    }
}

/// The settings of the default system and sandbox of a scenario.
package struct SystemSettings: Hashable, Sendable {
    /// The number of concurrent tasks; with 0 only ``StepKind/work`` steps run any.
    package var workers = 8
    /// Whether transactions reports changes; otherwise the workers poll, and ``StepKind/report`` steps report.
    package var hasCallbacks = true
    /// How long Eda takes to make a receipt.
    package var receiptDelaySeconds = 0.2
    /// How long operations of card-slow stay pending.
    package var slowCardSeconds = 0.3
    /// A hold still pending after this is voided.
    package var holdTimeoutSeconds = 15 * 60.0
    /// An order unpaid after this expires.
    package var orderTTLSeconds = 2 * 3600.0
    /// The timeout of one request to a partner.
    package var partnerTimeoutSeconds = 5.0
    /// The first delay after a partner's failure, and between requests answered "not yet".
    package var retrySeconds = 0.1

    package init() {}
}

/// The expectations once all work is done.
package struct FinalExpectation: Hashable, Sendable {
    package struct Order: Hashable, Sendable {
        package var status: OrderStatus?
        package var uid: String?
        /// Decimal text, as the next two.
        package var taken: String?
        package var refunded: String?
        /// The cashback accrued less clawed back.
        package var cashback: String?
        package var receipts: Int?

        package init() {}
    }

    /// By the id of the ``StepKind/bill`` step that the order came from.
    package var orders: [String: Order] = [:]
    /// The number of orders in each status; others are ignored.
    package var statuses: [OrderStatus: Int] = [:]
    /// The number of steps with each outcome; others are ignored.
    package var outcomes: [String: Int] = [:]
    /// The sum over all orders, decimal text; as the next one.
    package var taken: String?
    package var refunded: String?

    package init() {}
}
