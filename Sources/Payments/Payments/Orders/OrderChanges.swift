import PaymentCore
import Synchronization
import WorldKit

/// Notifies those who wait for an order of changes to it, made by any process.
///
/// While there are waiters it follows the journal, to which every change of an order is written: immediately after a
/// write of this process (``poke()``), and every ``pollSeconds`` for the writes of others.
package final class OrderChanges: Sendable {
    private struct Waiter {
        var orderIDs: Set<String>
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var lastID: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
        var waitersByOrder: [String: Set<UInt64>] = [:]
        /// Every waiter has seen the journal up to here.
        var position: Int64 = 0
        var isFollowing = false
        var isClosed = false

        mutating func remove(_ id: UInt64) -> Waiter? {
            guard let waiter = waiters.removeValue(forKey: id) else { return nil }
            for orderID in waiter.orderIDs {
                waitersByOrder[orderID]?.remove(id)
                if waitersByOrder[orderID]?.isEmpty == true { waitersByOrder[orderID] = nil }
            }
            return waiter
        }
    }

    private static let entriesAtOnce = 10_000

    private let store: Store
    private let world: World
    private let pollSeconds: Double
    private let capacity: Int
    private let written = Signal()
    private let state = Mutex(State())

    /// - Parameter capacity: how many may wait at the same time; further ones are not made to wait.
    package init(_ services: Services, pollSeconds: Double = 1, capacity: Int = 1024) {
        store = services.store
        world = services.world
        self.pollSeconds = pollSeconds
        self.capacity = capacity
    }

    /// The current number of waiters.
    package var waiting: Int { state.withLock { $0.waiters.count } }

    /// To be called after a write by this process.
    package func poke() {
        if state.withLock({ $0.isFollowing }) { written.notify() }
    }

    /// Waits until the journal of one of the orders grows beyond `position`, or may have.
    /// - Parameter position: the journal's position, read in one transaction with what the caller knows.
    /// - Returns: false when the time ran out, or when waiting is not possible.
    package func next(of orderIDs: Set<String>, after position: Int64, withinSeconds seconds: Double) async -> Bool {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.change(id, of: orderIDs, after: position) }
            group.addTask { [world] in
                try? await world.sleep(seconds)
                self.release(id)
                return false
            }
            // The first child to finish is the waiter: the other one ends it.
            var isChanged = false
            for await result in group {
                isChanged = isChanged || result
                group.cancelAll()
            }
            return isChanged
        }
    }

    /// Releases all waiters and accepts no more.
    package func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return state.waiters.keys.compactMap { state.remove($0) }
        }
        for waiter in waiters { waiter.continuation.resume(returning: false) }
        written.notify()
    }

    private enum Entry {
        case waits(startsFollowing: Bool)
        case refused(isStale: Bool)
    }

    private func change(_ id: UInt64, of orderIDs: Set<String>, after position: Int64) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Waiter(orderIDs: orderIDs, continuation: continuation)
                let entry = state.withLock { enter(&$0, id, waiter, position) }
                switch entry {
                case .waits(let startsFollowing):
                    if startsFollowing { Task { await follow() } }
                    // The task was canceled before the waiter was registered.
                    if Task.isCancelled { release(id) }
                case .refused(let isStale):
                    continuation.resume(returning: isStale)
                }
            }
        } onCancel: {
            release(id)
        }
    }

    private func enter(_ state: inout State, _ id: UInt64, _ waiter: Waiter, _ position: Int64) -> Entry {
        guard !state.isClosed, state.waiters.count < capacity else { return .refused(isStale: false) }
        if state.waiters.isEmpty, !state.isFollowing { state.position = position }
        // Changes in between were already reported, to other waiters: look again.
        guard state.position <= position else { return .refused(isStale: true) }
        state.waiters[id] = waiter
        for orderID in waiter.orderIDs { state.waitersByOrder[orderID, default: []].insert(id) }
        defer { state.isFollowing = true }
        return .waits(startsFollowing: !state.isFollowing)
    }

    private func release(_ id: UInt64) {
        state.withLock { $0.remove(id) }?.continuation.resume(returning: false)
    }

    /// Follows the journal as long as there are waiters.
    private func follow() async {
        while let position = state.withLock({ state -> Int64? in
            if state.waiters.isEmpty { state.isFollowing = false }
            return state.waiters.isEmpty ? nil : state.position
        }) {
            // A store that cannot be read now may be readable later; meanwhile the waiters time out.
            let changes = try? await store.read { transaction in
                try transaction.orderStatuses.changes(after: position, limit: Self.entriesAtOnce)
            }
            if let changes, changes.position > position {
                notify(changes.orderIDs, position: changes.position)
            } else {
                try? await written.wait { [world, pollSeconds] in try await world.sleep(pollSeconds) }
            }
        }
    }

    private func notify(_ orderIDs: Set<String>, position: Int64) {
        let waiters = state.withLock { state in
            state.position = position
            let ids = orderIDs.reduce(into: Set<UInt64>()) { $0.formUnion(state.waitersByOrder[$1] ?? []) }
            return ids.compactMap { state.remove($0) }
        }
        for waiter in waiters { waiter.continuation.resume(returning: true) }
    }
}

extension Services {
    /// The same services, with writes that notify waiters and are counted when they fail.
    package func notifying(_ changes: OrderChanges, _ metrics: Metrics) -> Services {
        var services = self
        services.store = store.observed { outcome in
            switch outcome {
            case .done(let stagingFailures):
                changes.poke()
                for _ in stagingFailures { metrics.writeFailed(code: "staging") }
            case .failed(let error): metrics.writeFailed(code: Problem(error).code)
            }
        }
        return services
    }
}
