import SQLKit
import Synchronization
import WorldKit

/// Keeps the leases that a worker holds: it extends them while their tasks run, and cancels the work of a lost one,
/// since another worker may be running it.
final class LeaseKeeper: Sendable {
    private struct Held {
        var task: QueuedTask
        var expiry: Instant
        /// Cancels the work; nil before it has begun.
        var cancel: (@Sendable () -> Void)?
    }

    private let store: TaskStore
    private let world: World
    private let seconds: Double
    private let held = Mutex<[Int64: Held]>([:])

    init(_ queue: TaskQueue, seconds: Double) {
        store = queue.store
        world = queue.world
        self.seconds = seconds
    }

    func add(_ tasks: [QueuedTask]) {
        held.withLock { held in
            for task in tasks {
                // Claimed again after its lease had expired: work still running under the former claim is canceled.
                held[task.taskID]?.cancel?()
                held[task.taskID] = Held(task: task, expiry: task.leaseExpiresAt ?? task.updatedAt)
            }
        }
    }

    /// Forgets a claim, unless the task has been claimed again since.
    func remove(_ task: QueuedTask) {
        held.withLock { held in
            if held[task.taskID]?.task.fence == task.fence { held[task.taskID] = nil }
        }
    }

    /// Runs the work on a task under its lease.
    /// - Throws: what `body` throws; `CancellationError` when the lease is lost meanwhile and `body` responds to
    ///   cancellation.
    func working<Value: Sendable>(
        on task: QueuedTask, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let (losses, loss) = AsyncStream<Void>.makeStream()
        held.withLock { held in
            if held[task.taskID]?.task.fence == task.fence { held[task.taskID]?.cancel = { loss.finish() } }
        }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            // Child tasks run where their parent does, on any executor.
            group.addTask { try await body() }
            group.addTask {
                for await _ in losses {}
                return nil
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
                group.cancelAll()
            }
            throw CancellationError()
        }
    }

    /// Cancels the work on every task.
    func cancelAll() {
        for cancel in held.withLock({ $0.values.compactMap(\.cancel) }) { cancel() }
    }

    /// Extends the leases, three times per lease period, until canceled.
    func keep() async {
        while (try? await world.sleep(seconds / 3)) != nil {
            let tasks = held.withLock { $0.values.map(\.task) }
            guard !tasks.isEmpty else { continue }
            let now = world.now()
            let expiry = now.advanced(bySeconds: seconds)
            let kept = try? await store.write(isolation: .statement) { repository in
                zip(tasks, try repository.extendLeases(tasks, until: expiry)).filter(\.1).map(\.0)
            }
            for cancel in take(kept, of: tasks, until: expiry, at: now) { cancel() }
        }
    }

    /// Records which leases were extended; nil when that could not be written.
    /// - Returns: what cancels the work of the lost ones.
    private func take(
        _ kept: [QueuedTask]?, of tasks: [QueuedTask], until expiry: Instant, at now: Instant
    ) -> [@Sendable () -> Void] {
        let kept = kept.map { Set($0.map(\.taskID)) }
        return held.withLock { held in
            tasks.compactMap { task in
                // It may have ended, and even been claimed again, since.
                guard let current = held[task.taskID], current.task.fence == task.fence else { return nil }
                if let kept {
                    guard !kept.contains(task.taskID) else {
                        held[task.taskID]?.expiry = expiry
                        return nil
                    }
                } else if now < current.expiry {
                    return nil
                }
                return current.cancel
            }
        }
    }
}
