import EncodingKit
package import PaymentCore
import Payments

/// What a simulation came to.
package struct SimulationReport: Sendable {
    /// An invariant, and whether it held.
    package struct Invariant: Sendable {
        package var name: String
        /// Why it was not looked at; nil when it was.
        package var unchecked: String?
        package var broken: [Violation]
    }

    /// Where an invariant does not hold, with the ids to look at.
    package struct Violation: Hashable, Sendable {
        package var invariant: String
        package var orderID: String?
        package var uid: String?
        package var edaOrderID: String?
        /// The step whose bill the order came from.
        package var step: String?
        package var explanation: String
    }

    /// Of one kind of exchange, in milliseconds.
    package struct Latency: Hashable, Sendable {
        package var count: Int
        package var p50: Double
        package var p95: Double
        package var p99: Double
        package var maximum: Double
    }

    package var scenario: String
    package var seed: UInt64
    package var steps: Int
    package var seconds: Double
    /// How many steps had each outcome.
    package var outcomes: [String: Int]
    package var expectations: [CheckedExpectation]
    package var invariants: [Invariant]
    package var latencies: [String: Latency]
    /// Orders that a guest was told are paid.
    package var payments: Int
    package var paymentsPerSecond: Double
    /// Orders by status; empty where the store cannot be read.
    package var statuses: [OrderStatus: Int]
    /// What came into being, by the step that made it.
    package var ids: [String: [String: String]]
    /// What was still under way when the time ran out; empty when all came to rest.
    package var pending: [String]

    package var violations: [Violation] { invariants.flatMap(\.broken) }
    package var missed: [CheckedExpectation] { expectations.filter { $0.missed != nil } }
    package var hasHeld: Bool { violations.isEmpty && missed.isEmpty }
}

/// Something that a scenario expects, and whether it came true.
package struct CheckedExpectation: Hashable, Sendable {
    /// The step, or the part of the scenario, that expects it.
    package var place: String
    /// In words, `"PAYED"`.
    package var expected: String
    /// What came instead; nil when it came true, or cannot be known.
    package var missed: String?
    /// Why it cannot be known; nil when it can.
    package var unchecked: String?
}

extension SimulationReport.Latency {
    /// Nil of nothing.
    init?(seconds: [Double]) {
        guard !seconds.isEmpty else { return nil }
        let sorted = seconds.sorted()
        func percentile(_ percent: Int) -> Double { (NearestRank.percentile(percent, of: sorted) ?? 0) * 1000 }
        self.init(
            count: sorted.count, p50: percentile(50), p95: percentile(95), p99: percentile(99),
            maximum: sorted[sorted.count - 1] * 1000)
    }
}
