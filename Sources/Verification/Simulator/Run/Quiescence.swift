import PaymentCore
import Payments
import QueueKit
import WorldKit

/// Waits until all work of a system is done, by polling its work in progress.
struct Quiescence: Sendable {
    private static let pauseSeconds = 0.02
    /// The maximum number listed.
    private static let namedTasks = 10

    private let system: SimulatedSystem

    init(_ system: SimulatedSystem) { self.system = system }

    /// Returns when no work is in progress, or at the deadline.
    /// - Returns: descriptions of work in progress; empty if none, or if the store cannot be read.
    func wait(until deadline: Instant) async throws -> [String] {
        guard let services = system.services else { return [] }
        while true {
            let pending = try await pending(services)
            if pending.isEmpty || system.world.now() >= deadline { return pending }
            try await system.world.sleep(Self.pauseSeconds)
        }
    }

    private func pending(_ services: Services) async throws -> [String] {
        // Reports first: handling one may stage tasks.
        let reports = system.own?.reportsUnderWay ?? 0
        var moving = TaskFilter()
        moving.kinds = TaskKind.payments.filter { $0 != .orderExpire }
        moving.states = [.running, .ready, .scheduled]
        moving.limit = Self.namedTasks
        var due = TaskFilter()
        due.kinds = [.orderExpire]
        due.states = [.running, .ready]
        due.limit = Self.namedTasks
        let tasks = try await services.queue.list(moving) + services.queue.list(due)
        return (reports > 0 ? ["\(reports) reports of transactions"] : [])
            + tasks.map { task in
                let why = task.errorMessage.map { ": \($0)" } ?? ""
                return "task \(task.taskID) (\(task.kind.rawValue) \(task.key), \(task.state.rawValue))\(why)"
            }
    }
}
