import EncodingKit
import Glibc
package import OrderingCore

/// The orders of a comparison, the same for every style: the start time, user and price of each.
package struct ArrivalPlan: Sendable {
    package struct Arrival: Hashable, Sendable {
        /// Seconds from the start of the load, independent of earlier orders.
        package var seconds: Double
        /// The user's number, from 0.
        package var user: Int
        package var price: Money
    }

    package var arrivals: [Arrival]
    /// The initial balance of each user: enough for about nine in ten of their orders.
    package var deposits: [Money]

    /// - Parameters:
    ///   - rate: orders per second on average; arrivals are a Poisson process.
    ///   - seed: the same seed gives the same plan.
    package init(users: Int, orders: Int, rate: Double, seed: UInt64) {
        var random = SplitMix64(state: seed)
        var seconds = 0.0
        var totals = Array(repeating: Int64(0), count: users)
        arrivals = (0..<orders).map { _ in
            seconds += -log(1 - Double.random(in: 0..<1, using: &random)) / rate
            let user = Int.random(in: 0..<users, using: &random)
            let units = Int64.random(in: 1...20, using: &random) * 100
            totals[user] += units
            return Arrival(seconds: seconds, user: user, price: Money(minorUnits: units) ?? .leastPrice)
        }
        deposits = totals.map { Money(minorUnits: max(1, $0 / 10 * 9)) ?? .maximum }
    }
}

/// A service or the broker, stopped during a comparison and started again.
package struct PlannedFault: Hashable, Sendable {
    package enum Target: Hashable, Sendable {
        case service(ServiceName)
        case broker

        package var word: String {
            switch self {
            case .service(let name): name.rawValue
            case .broker: "broker"
            }
        }
    }

    package var target: Target
    /// The length of the outage, and its start after the beginning, in seconds.
    package var seconds: Double
    package var start: Double

    package var end: Double { start + seconds }

    package init(_ target: Target, seconds: Double, start: Double) {
        self.target = target
        self.seconds = seconds
        self.start = start
    }
}
