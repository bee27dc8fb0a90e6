import SQLKit
import WorldKit

/// Removes done tasks after their retention period, a little at a time, so that the store does not grow without bound.
struct Cleaner: Sendable {
    /// Seconds between two sweeps.
    private static let pauseSeconds = 60.0
    /// Removed per transaction: others wait meanwhile.
    private static let batch = 500
    /// Removed per sweep.
    private static let batches = 20

    private let queue: TaskQueue

    init(_ queue: TaskQueue) { self.queue = queue }

    /// Sweeps until canceled.
    /// - Parameter reportFailure: called when a sweep failed; the next one tries again.
    func run(reportFailure: (any Error) async -> Void) async {
        repeat {
            do {
                try await sweep()
            } catch is CancellationError {
                return
            } catch {
                await reportFailure(error)
            }
        } while (try? await queue.world.sleep(Self.pauseSeconds)) != nil
    }

    func sweep() async throws {
        let end = queue.world.now().advanced(bySeconds: -queue.retentionSeconds)
        for _ in 0..<Self.batches {
            let removed = try await queue.store.write(isolation: .statement) {
                try $0.removeDone(before: end, limit: Self.batch)
            }
            if removed < Self.batch { return }
        }
    }
}
