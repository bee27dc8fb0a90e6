import Foundation
import Synchronization
import WorldKit

/// A world whose time is what was slept: a wait advances the clock and returns at once.
final class VirtualClock: Sendable {
    private let state = Mutex((now: Instant(microseconds: 1_700_000_000_000_000), lastID: 0, slept: [Double]()))
    /// Called before each wait.
    private let onSleep: Mutex<@Sendable (Double) async -> Void> = Mutex { _ in }

    var now: Instant { state.withLock { $0.now } }
    /// Every wait so far, in seconds.
    var slept: [Double] { state.withLock { $0.slept } }

    func advance(bySeconds seconds: Double) { state.withLock { $0.now = $0.now.advanced(bySeconds: seconds) } }

    func beforeSleep(_ body: @escaping @Sendable (Double) async -> Void) { onSleep.withLock { $0 = body } }

    var world: World {
        World(
            now: { self.now },
            sleep: { seconds in
                try Task.checkCancellation()
                await self.onSleep.withLock { $0 }(seconds)
                try Task.checkCancellation()
                self.state.withLock { state in
                    state.now = state.now.advanced(bySeconds: seconds)
                    state.slept.append(seconds)
                }
                await Task.yield()
            },
            randomBytes: { Array(repeating: 0, count: $0) },
            newID: {
                self.state.withLock { state in
                    state.lastID += 1
                    return "id-\(state.lastID)"
                }
            })
    }
}
