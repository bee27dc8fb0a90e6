import QueueKit
import Synchronization
import WorldKit

/// Notifies those who wait for an order of changes to it, made by any process.
///
/// This process's store reports its own changes (``changed(_:)``). To find the changes of others, the versions of
/// awaited orders are compared with those that the waiters know: every ``pollSeconds``, when another process signals a
/// change, and once for each new waiter, because the order may have changed since its version was read.
package final class OrderChanges: Sendable {
    private struct Waiter {
        /// The versions of its orders, as it knows them; an order without one has none yet.
        var versions: [String: Int64]
        var orderIDs: Set<String>
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var lastID: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
        var waitersByOrder: [String: Set<UInt64>] = [:]
        /// Not yet compared with the store.
        var newcomers: Set<UInt64> = []
        var isComparing = false
        /// Another process may have changed any order.
        var isAnyChanged = false
        var isClosed = false

        mutating func remove(_ id: UInt64) -> Waiter? {
            guard let waiter = waiters.removeValue(forKey: id) else { return nil }
            newcomers.remove(id)
            for orderID in waiter.orderIDs {
                waitersByOrder[orderID]?.remove(id)
                if waitersByOrder[orderID]?.isEmpty == true { waitersByOrder[orderID] = nil }
            }
            return waiter
        }
    }

    private let store: Store
    private let world: World
    private let pollSeconds: Double
    private let capacity: Int
    private let hasNewcomers = Signal()
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

    /// To be called after a write of this process.
    package func changed(_ orderIDs: Set<String>) {
        let waiters = state.withLock { state in
            let ids = orderIDs.reduce(into: Set<UInt64>()) { $0.formUnion(state.waitersByOrder[$1] ?? []) }
            return ids.compactMap { state.remove($0) }
        }
        for waiter in waiters { waiter.continuation.resume(returning: true) }
    }

    /// Waits until the version of one of the orders differs from the one given.
    /// - Parameter versions: read in one transaction with what the caller knows of the orders.
    /// - Returns: false when the time ran out, or when waiting is not possible.
    package func next(
        of orderIDs: Set<String>, versions: [String: Int64], withinSeconds seconds: Double
    ) async -> Bool {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.change(id, of: orderIDs, versions) }
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
        hasNewcomers.notify()
    }

    private func change(_ id: UInt64, of orderIDs: Set<String>, _ versions: [String: Int64]) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Waiter(versions: versions, orderIDs: orderIDs, continuation: continuation)
                let startsComparing = state.withLock { enter(&$0, id, waiter) }
                guard let startsComparing else { return continuation.resume(returning: false) }
                if startsComparing {
                    Task {
                        let listening = Task { await listen() }
                        await compare()
                        listening.cancel()
                    }
                } else {
                    hasNewcomers.notify()
                }
                // The task was canceled before the waiter was registered.
                if Task.isCancelled { release(id) }
            }
        } onCancel: {
            release(id)
        }
    }

    /// - Returns: whether the caller has to start the comparison; nil when the waiter cannot wait.
    private func enter(_ state: inout State, _ id: UInt64, _ waiter: Waiter) -> Bool? {
        guard !state.isClosed, state.waiters.count < capacity else { return nil }
        state.waiters[id] = waiter
        state.newcomers.insert(id)
        for orderID in waiter.orderIDs { state.waitersByOrder[orderID, default: []].insert(id) }
        defer { state.isComparing = true }
        return !state.isComparing
    }

    private func release(_ id: UInt64) {
        state.withLock { $0.remove(id) }?.continuation.resume(returning: false)
    }

    /// Receives signals from other processes until it is canceled.
    private func listen() async {
        guard let signals = store.changesOfOrders() else { return }
        for await _ in signals {
            state.withLock { $0.isAnyChanged = true }
            hasNewcomers.notify()
        }
    }

    /// Compares the waiters' versions with the store, as long as there are waiters.
    private func compare() async {
        var lastFull = world.now()
        while true {
            // Also after the clock was set back.
            let isAnyChanged = state.withLock { state in
                defer { state.isAnyChanged = false }
                return state.isAnyChanged
            }
            let isFull = isAnyChanged || !(0..<pollSeconds).contains(world.now().seconds(since: lastFull))
            if isFull { lastFull = world.now() }
            let work = state.withLock { state -> [UInt64: [String]]? in
                if state.waiters.isEmpty { state.isComparing = false }
                guard !state.waiters.isEmpty else { return nil }
                defer { state.newcomers = [] }
                // Of many waiters few are new.
                let waiters =
                    isFull ? state.waiters : state.newcomers.reduce(into: [:]) { $0[$1] = state.waiters[$1] }
                return waiters.mapValues { Array($0.orderIDs) }
            }
            guard let work else { return }
            let orderIDs = Array(Set(work.values.joined()))
            // A store that cannot be read now may be readable later; meanwhile the waiters time out.
            if !orderIDs.isEmpty,
                let versions = try? await store.read({ try $0.orderStatuses.versions(of: orderIDs) })
            {
                release(work.keys, unlike: versions)
            }
            let left = pollSeconds - world.now().seconds(since: lastFull)
            try? await hasNewcomers.wait { [world, pollSeconds] in
                try await world.sleep(min(max(left, 0), pollSeconds))
            }
        }
    }

    private func release(_ ids: some Sequence<UInt64>, unlike versions: [String: Int64]) {
        let waiters = state.withLock { state in
            ids.compactMap { id -> Waiter? in
                guard let waiter = state.waiters[id],
                    waiter.orderIDs.contains(where: { versions[$0] != waiter.versions[$0] })
                else { return nil }
                return state.remove(id)
            }
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
                for _ in stagingFailures { metrics.writeFailed(code: "staging") }
            case .failed(let error): metrics.writeFailed(code: Problem(error).code)
            }
        } journal: {
            changes.changed($0)
        }
        return services
    }
}
