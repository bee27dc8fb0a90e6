import PaymentCore
import Synchronization
package import WorldKit

/// The time of a system that runs for a simulation: the real one, and as far ahead as it was sent.
package final class SimulatedClock: Sendable {
    private let real: @Sendable () -> Instant
    private let ahead = Mutex(0.0)

    package init(_ real: @escaping @Sendable () -> Instant) { self.real = real }

    package var now: Instant { real().advanced(bySeconds: ahead.withLock { $0 }) }

    package func advance(bySeconds seconds: Double) { ahead.withLock { $0 += seconds } }

    /// The world with this time; waiting takes as long as ever.
    package func world(_ world: World) -> World {
        var own = world
        own.now = { self.now }
        return own
    }
}
