import PaymentCore
import Payments
import Synchronization
import WorldKit

/// The results of a run so far, shared by all steps.
final class RunResults: Sendable {
    /// An order created from a bill of the scenario.
    struct KnownOrder: Sendable {
        var link: Deeplink
        var bill: Bill
        /// The step that sent the bill.
        var step: String
    }

    private struct State {
        var values: [String: [String: String]] = [:]
        var ids: [String: [String: String]] = [:]
        var orders: [String: KnownOrder] = [:]
        var seenVersions: [String: Int] = [:]
        var outcomes: [String: Int] = [:]
        var expectations: [CheckedExpectation] = []
        var latencies: [String: [Double]] = [:]
        var stepsDone = 0
        var inProgress: Set<String> = []
        var firstPayment: Instant?
        var lastPayment: Instant?
        var paid: Set<String> = []
    }

    private let state = Mutex(State())

    // MARK: Steps

    func begin(_ step: ScenarioStep) { state.withLock { _ = $0.inProgress.insert(step.name) } }

    /// Records the result of a step.
    func end(_ step: ScenarioStep, _ result: StepResult) {
        state.withLock { state in
            state.inProgress.remove(step.name)
            state.stepsDone += 1
            state.outcomes[result.outcome, default: 0] += 1
            if let id = step.id {
                state.values[id] = result.values.merging(["outcome": result.outcome]) { $1 }
            }
            if !result.ids.isEmpty { state.ids[step.name] = result.ids }
        }
    }

    func add(_ expectation: CheckedExpectation) { state.withLock { $0.expectations.append(expectation) } }

    /// The result of an earlier step.
    func value(_ reference: Reference) -> String? { state.withLock { $0.values[reference.step]?[reference.field] } }

    // MARK: Orders

    func add(_ order: KnownOrder, id: String) {
        // The order is named after its first bill.
        state.withLock { if $0.orders[id] == nil { $0.orders[id] = order } }
    }

    func order(_ id: String) -> KnownOrder? { state.withLock { $0.orders[id] } }

    var orders: [String: KnownOrder] { state.withLock { $0.orders } }

    /// The last bill version a guest saw; nil before they looked.
    func seenVersion(orderID: String, uid: String) -> Int? {
        state.withLock { $0.seenVersions["\(orderID):\(uid)"] }
    }

    func saw(version: Int, orderID: String, uid: String) {
        state.withLock { $0.seenVersions["\(orderID):\(uid)"] = version }
    }

    // MARK: Figures

    func addLatency(_ seconds: Double, _ kind: String) {
        state.withLock { $0.latencies[kind, default: []].append(seconds) }
    }

    func paymentBegan(at instant: Instant) {
        state.withLock { $0.firstPayment = min($0.firstPayment ?? instant, instant) }
    }

    func paid(orderID: String, at instant: Instant) {
        state.withLock { state in
            guard state.paid.insert(orderID).inserted else { return }
            state.lastPayment = max(state.lastPayment ?? instant, instant)
        }
    }

    var progress: (steps: Int, paid: Int) { state.withLock { ($0.stepsDone, $0.paid.count) } }

    /// Steps in progress.
    var inProgress: [String] { state.withLock { $0.inProgress.sorted() } }

    /// The final report.
    struct Figures: Sendable {
        var steps: Int
        var outcomes: [String: Int]
        var expectations: [CheckedExpectation]
        var latencies: [String: [Double]]
        var ids: [String: [String: String]]
        var paid: Int
        /// From the first payment attempt to the last confirmed payment.
        var payingSeconds: Double
    }

    var figures: Figures {
        state.withLock { state in
            Figures(
                steps: state.stepsDone, outcomes: state.outcomes, expectations: state.expectations,
                latencies: state.latencies, ids: state.ids, paid: state.paid.count,
                payingSeconds: state.lastPayment.flatMap { last in
                    state.firstPayment.map { last.seconds(since: $0) }
                } ?? 0)
        }
    }
}

/// The result of a step.
struct StepResult: Sendable {
    /// One word: a status or an error code.
    var outcome: String
    /// Values that other steps can refer to.
    var values: [String: String] = [:]
    /// Objects created.
    var ids: [String: String] = [:]
    var isError = false

    init(_ outcome: String, values: [String: String] = [:], ids: [String: String] = [:]) {
        self.outcome = outcome
        self.values = values
        self.ids = ids
    }

    init(error problem: Problem) {
        outcome = problem.code
        isError = true
        message = problem.message
    }

    /// The error message.
    var message: String?
}
