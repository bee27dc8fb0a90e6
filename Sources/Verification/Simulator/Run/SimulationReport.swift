import EncodingKit
package import PaymentCore
import Payments

/// The result of a simulation.
package struct SimulationReport: Sendable {
    /// An invariant, and whether it held.
    package struct Invariant: Sendable {
        package var name: String
        /// Why it was not checked; nil if it was.
        package var unchecked: String?
        package var broken: [Violation]
    }

    /// A violation of an invariant, with the relevant ids.
    package struct Violation: Hashable, Sendable {
        package var invariant: String
        package var orderID: String?
        package var uid: String?
        package var edaOrderID: String?
        /// The step whose bill the order came from.
        package var step: String?
        package var explanation: String
    }

    /// Latencies of one kind of request, in milliseconds.
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
    /// The number of steps by outcome.
    package var outcomes: [String: Int]
    package var expectations: [CheckedExpectation]
    package var invariants: [Invariant]
    package var latencies: [String: Latency]
    /// Orders confirmed to a guest as paid.
    package var payments: Int
    package var paymentsPerSecond: Double
    /// Orders by status; empty if the store cannot be read.
    package var statuses: [OrderStatus: Int]
    /// Objects created, by the step that created them.
    package var ids: [String: [String: String]]
    /// Work still in progress at the time limit; empty if all was done.
    package var pending: [String]

    package var violations: [Violation] { invariants.flatMap(\.broken) }
    package var missed: [CheckedExpectation] { expectations.filter { $0.missed != nil } }
    package var hasHeld: Bool { violations.isEmpty && missed.isEmpty }
}

/// An expectation of a scenario, and whether it was met.
package struct CheckedExpectation: Hashable, Sendable {
    /// The step or the part of the scenario that states it.
    package var place: String
    /// As text, `"PAYED"`.
    package var expected: String
    /// The actual value; nil if the expectation was met or is unknown.
    package var missed: String?
    /// Why it is unknown; nil if known.
    package var unchecked: String?
}

extension SimulationReport.Latency {
    /// Nil for no values.
    init?(seconds: [Double]) {
        guard !seconds.isEmpty else { return nil }
        let sorted = seconds.sorted()
        func percentile(_ percent: Int) -> Double { (NearestRank.percentile(percent, of: sorted) ?? 0) * 1000 }
        self.init(
            count: sorted.count, p50: percentile(50), p95: percentile(95), p99: percentile(99),
            maximum: sorted[sorted.count - 1] * 1000)
    }
}
