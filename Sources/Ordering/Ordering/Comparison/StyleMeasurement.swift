import EncodingKit
package import OrderingCore

/// What one style did with the orders of a plan.
package struct StyleMeasurement: Sendable {
    /// One order, in seconds after its intended start.
    package struct Sample: Hashable, Sendable {
        package var arrival: ArrivalPlan.Arrival
        /// The HTTP status of the answer; nil without an answer.
        package var status: Int?
        package var response: Double
        /// Seconds until the client knew the outcome; nil while it does not.
        package var outcome: Double?
    }

    /// Percentiles of seconds.
    package struct Spread: Hashable, Sendable {
        package var median: Double
        package var p99: Double
        package var maximum: Double

        /// Nil for no values.
        package init?(_ seconds: [Double]) {
            let sorted = seconds.sorted()
            guard let median = NearestRank.percentile(50, of: sorted), let p99 = NearestRank.percentile(99, of: sorted),
                let maximum = sorted.last
            else { return nil }
            (self.median, self.p99, self.maximum) = (median, p99, maximum)
        }
    }

    package var style: StyleName
    package var samples: [Sample] = []
    package var succeeded = 0
    /// Orders that failed for lack of funds or of an account.
    package var failed = 0
    /// Whether everything came to rest in time.
    package var isSettled = true
    package var arrows = Traffic.Arrows()
    /// Transactions that changed a store, including the embedded broker's.
    package var commits = 0
    /// Bytes written to files; nil where the system does not report them.
    package var bytes: Int?
    /// The maximum number of client requests that the gateway held at the same time.
    package var gatewayState = 0
    /// Rows that copy data of another service.
    package var copies = 0
    package var violations: [BrokenOrderingInvariant] = []
    package var fault: PlannedFault?

    package init(style: StyleName) { self.style = style }

    package var response: Spread? { Spread(samples.map(\.response)) }
    package var outcome: Spread? { Spread(samples.compactMap(\.outcome)) }
    package var orders: Int { samples.count }
    package var ended: Int { succeeded + failed }
    /// Answered at the deadline, before the outcome was known; in hybrid, 202 is the regular answer and not counted.
    package var timedOut: Int {
        samples.count { $0.status == 504 || $0.status == 202 && style != .hybrid }
    }
    /// Answered with an error unrelated to the order, or not answered.
    package var refused: Int {
        samples.count { sample in
            guard let status = sample.status else { return true }
            return ![200, 202, 422, 504].contains(status)
        }
    }

    /// From the end of the fault until every order that had begun by then has ended; nil without a fault, and when one
    /// has not ended.
    package var catchUp: Double? {
        guard let fault else { return nil }
        let waiting = samples.filter {
            $0.arrival.seconds <= fault.end && $0.status.map { $0 < 500 || $0 == 504 } ?? false
        }
        guard waiting.allSatisfy({ $0.outcome != nil }) else { return nil }
        let last = waiting.compactMap { sample in sample.outcome.map { sample.arrival.seconds + $0 } }.max() ?? 0
        return max(0, last - fault.end)
    }

    package func anOrder(_ count: Int) -> Double { orders == 0 ? 0 : Double(count) / Double(orders) }
}
