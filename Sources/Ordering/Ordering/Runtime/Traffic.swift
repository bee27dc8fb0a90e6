import MessagingKit
import Synchronization

/// Counts the traffic between services in this process, in total and per request.
package final class Traffic: Sendable {
    /// Requests, publishes and deliveries.
    package struct Arrows: Hashable, Sendable {
        package var requests = 0
        package var publishes = 0
        package var deliveries = 0

        package init(requests: Int = 0, publishes: Int = 0, deliveries: Int = 0) {
            self.requests = requests
            self.publishes = publishes
            self.deliveries = deliveries
        }

        package static func - (left: Arrows, right: Arrows) -> Arrows {
            Arrows(
                requests: left.requests - right.requests, publishes: left.publishes - right.publishes,
                deliveries: left.deliveries - right.deliveries)
        }
    }

    private struct State {
        var total = Arrows()
        var byCorrelation: [String: Arrows] = [:]
        /// The oldest first; a ring once it is full.
        var correlations: [String] = []
        var next = 0

        mutating func remember(_ id: String) {
            byCorrelation[id] = Arrows()
            guard correlations.count >= Traffic.capacity else { return correlations.append(id) }
            byCorrelation[correlations[next]] = nil
            correlations[next] = id
            next = (next + 1) % Traffic.capacity
        }
    }

    /// The number of requests whose counts are kept.
    private static let capacity = 10_000

    private let state = Mutex(State())

    package init() {}

    package var total: Arrows { state.withLock { $0.total } }

    /// The traffic caused by one of the last ten thousand requests, itself included.
    package func arrows(of correlationID: String) -> Arrows {
        state.withLock { $0.byCorrelation[correlationID] ?? Arrows() }
    }

    /// - Parameter correlationIDs: one for each arrow.
    func count(_ kind: any WritableKeyPath<Arrows, Int> & Sendable, _ correlationIDs: [String]) {
        state.withLock { state in
            state.total[keyPath: kind] += correlationIDs.count
            for id in correlationIDs {
                if state.byCorrelation[id] == nil { state.remember(id) }
                state.byCorrelation[id, default: Arrows()][keyPath: kind] += 1
            }
        }
    }
}
