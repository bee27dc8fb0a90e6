import Glibc
import Synchronization
package import WorldKit

/// The database's clock as this host sees it: the host's monotonic clock plus an offset, measured on every connect and
/// once a minute after that.
///
/// Hosts that use one database agree on the time to within half a round trip, however wrong their own clocks are. A
/// step of the host's clock has no effect; a step of the database's clock shows after the next measurement.
package final class PostgresClock: Sendable {
    /// The host's two clocks, read together.
    package struct Reading: Hashable, Sendable {
        /// Microseconds since an arbitrary start; this clock is never set.
        package var monotonic: Int64
        package var wall: Instant

        package init(monotonic: Int64, wall: Instant) { (self.monotonic, self.wall) = (monotonic, wall) }
    }

    /// One comparison of the clocks.
    package struct Sample: Hashable, Sendable {
        /// Microseconds to add to the monotonic clock.
        package var offset: Int64
        /// How far the database's clock is ahead of the host's wall clock.
        package var wallOffsetSeconds: Double
        /// Half the round trip: the largest error of either offset.
        package var uncertainty: Int64
        /// When the sample was taken, by the monotonic clock.
        package var takenAt: Int64

        /// - Parameters:
        ///   - before: the clocks before the query was sent.
        ///   - after: the clocks after its result arrived.
        package init(_ before: Reading, database: Instant, _ after: Reading) {
            let trip = max(0, after.monotonic - before.monotonic)
            let middle = before.monotonic + trip / 2
            offset = database.microseconds - middle
            uncertainty = trip / 2
            takenAt = after.monotonic
            wallOffsetSeconds = database.seconds(since: before.wall.advanced(bySeconds: Double(trip) / 2_000_000))
        }
    }

    private let best = Mutex<Sample?>(nil)
    private let read: @Sendable () -> Reading

    package init(read: @escaping @Sendable () -> Reading = { Reading.now() }) { self.read = read }

    /// The database's time; the host's own until the first measurement.
    package func now() -> Instant {
        guard let sample = best.withLock({ $0 }) else { return read().wall }
        return Instant(microseconds: read().monotonic + sample.offset)
    }

    /// The sample in use.
    package var sample: Sample? { best.withLock { $0 } }

    /// How fast the clocks of two hosts may drift apart, in seconds per second.
    private static let drift = 50e-6

    /// Adopts a new sample, unless the one in use is still more precise and the two agree.
    package func add(_ sample: Sample) {
        best.withLock { best in
            guard let known = best else {
                best = sample
                return
            }
            let age = Double(max(0, sample.takenAt - known.takenAt))
            let knownUncertainty = known.uncertainty + Int64(age * Self.drift)
            let difference = abs(sample.offset - known.offset)
            if sample.uncertainty <= knownUncertainty || difference > sample.uncertainty + knownUncertainty {
                best = sample
            }
        }
    }
}

extension PostgresClock.Reading {
    /// The clocks of this host. The monotonic clock keeps running while the host sleeps.
    package static func now() -> PostgresClock.Reading {
        PostgresClock.Reading(
            monotonic: microseconds(CLOCK_BOOTTIME), wall: Instant(microseconds: microseconds(CLOCK_REALTIME)))
    }

    private static func microseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
