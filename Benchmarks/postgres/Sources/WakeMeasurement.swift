import Payments
import QueueKit
import Synchronization
import WorldKit

/// How long a task waits for an idle worker on another host, from its commit to its start.
struct WakeMeasurement: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) { self.arguments = arguments }

    func run() async throws {
        let count = arguments.number("count", 200)
        let stager = try await Bench(arguments, connections: 1)
        // Another session, with a separate pool and signals, as on another host. Both run in one process to share its
        // clock.
        let host = try await Bench(arguments, connections: 3)
        let started = Mutex<[String: ContinuousClock.Instant]>([:])
        let queue = Bench.queue(host.services) { task in
            started.withLock { $0[task.key] = .now }
            return .done
        }
        let work = Task { try await WorkLoop(Worker(queue, processes: Bench.processes)).run() }
        var waits: [Double] = []
        for number in -20..<count {
            // Random intervals: some within the pause between two signals, some long after.
            try await Task.sleep(for: .milliseconds(Int.random(in: 5...100)))
            let (request, now) = (Bench.request(number), stager.services.world.now())
            try await stager.stage(request, at: now)
            let committed = ContinuousClock.now
            while true {
                if let start = started.withLock({ $0[request.key] }) {
                    // The first tasks find connections that are not yet open.
                    if number >= 0 { waits.append(max(0, (start - committed) / .milliseconds(1))) }
                    break
                }
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        work.cancel()
        _ = try? await work.value
        report("p50", "wake-up on another host, ms", waits.quantile(0.5))
        report("p99", "wake-up on another host, ms", waits.quantile(0.99))
        await host.close()
        await stager.close()
    }
}
