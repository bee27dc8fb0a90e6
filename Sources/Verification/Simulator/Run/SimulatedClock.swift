import PaymentCore
import Synchronization
package import WorldKit

/// The clock of a simulated system: real time plus the seconds it was advanced.
package final class SimulatedClock: Sendable {
    private let real: @Sendable () -> Instant
    private let ahead = Mutex(0.0)

    package init(_ real: @escaping @Sendable () -> Instant) { self.real = real }

    package var now: Instant { real().advanced(bySeconds: ahead.withLock { $0 }) }

    package func advance(bySeconds seconds: Double) { ahead.withLock { $0 += seconds } }

    /// The world with this clock; waits take real time.
    package func world(_ world: World) -> World {
        var own = world
        own.now = { self.now }
        return own
    }
}
