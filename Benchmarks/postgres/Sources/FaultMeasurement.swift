import Dispatch
import Glibc
import Payments
import PostgresEngine
import QueueKit
import SQLKit
import Synchronization
import WorldKit

/// Processes that stage and run tasks while faults.py kills processes and cuts connections.
struct FaultMeasurement: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) { self.arguments = arguments }

    private var name: String { arguments.text("name", "\(getpid())") }

    private func open() async throws -> Bench {
        while true {
            do {
                return try await Bench(
                    arguments, connections: 4, skewSeconds: Double(arguments.number("skew", 0)))
            } catch let error as SQLError where error.code != .incomplete {
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Stages tasks until it reads a line. Each transaction also adds a ledger entry, which shows how often it was
    /// committed. Prints whether each write was reported as done, as failed, or with an unknown outcome.
    func stage() async throws {
        let bench = try await open()
        let isOver = Flag()
        awaitStart()
        try await withThrowingTaskGroup { group in
            for client in 0..<arguments.number("clients", 4) {
                group.addTask {
                    var number = 0
                    while !isOver.isSet {
                        number += 1
                        print("told \(name)-\(client)-\(number) \(await told(bench, "\(name)-\(client)-\(number)"))")
                    }
                }
            }
            group.addTask {
                await withCheckedContinuation { continuation in
                    DispatchQueue.global().async {
                        _ = readLine()
                        continuation.resume()
                    }
                }
                isOver.set()
            }
            try await group.waitForAll()
        }
        fflush(nil)
        await bench.close()
    }

    private func told(_ bench: Bench, _ key: String) async -> String {
        let now = bench.services.world.now()
        let request = TaskRequest(
            kind: .paymentSettle, key: key, orderID: key, clientID: "cafe", dueAt: Instant(microseconds: 0))
        do {
            try await bench.services.store.write { transaction in
                try transaction.tasks.connection.execute("INSERT INTO ledger (key) VALUES ($1)", [.text(key)])
                try transaction.tasks.enqueue(request, at: now)
            }
            return "done"
        } catch let error as SQLError where error.code == .outcomeUnknown {
            return "unknown"
        } catch {
            return "failed"
        }
    }

    /// Runs tasks until it is terminated. A task's effect is an entry that is made once, by compare-and-set.
    func serve() async throws {
        let bench = try await open()
        let queue = Bench.queue(bench.services) { task in
            try await bench.services.store.write { transaction in
                let connection = transaction.tasks.connection
                guard
                    try connection.execute(
                        "UPDATE ledger SET is_paid = 1 WHERE key = $1 AND is_paid = 0", [.text(task.key)]) > 0
                else { return }
                try connection.execute("INSERT INTO effects (key) VALUES ($1)", [.text(task.key)])
            }
            return .done
        }
        let loop = WorkLoop(Worker(queue, processes: Bench.processes, leaseSeconds: 3))
        _ = try await loop.run()
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
