import PaymentCore
import WorldKit

/// Removes done tasks after their retention period, so that the store does not grow without bound.
struct Retention: Sendable {
    /// Seconds between two sweeps.
    static let pauseSeconds = 60.0
    /// Removed per transaction: others wait meanwhile.
    private static let batch = 500
    /// Removed per sweep.
    private static let batches = 20

    private let services: Services

    init(_ services: Services) { self.services = services }

    func sweep() async throws {
        let end = services.world.now().advanced(bySeconds: -services.settings.taskRetentionSeconds)
        for _ in 0..<Self.batches {
            let removed = try await services.store.write { try $0.tasks.removeDone(before: end, limit: Self.batch) }
            if removed < Self.batch { return }
        }
    }
}
