import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import WorldKit

/// The loops of one service: receiver, worker and relay.
struct ServiceLoops: Sendable {
    let node: ServiceNode
    private let processes: Processes
    private let options: OrderingRuntime.Options
    /// Nil if the style uses no broker.
    let relay: Relay?
    /// Nil if the service subscribes to nothing.
    let receiver: Receiver?

    /// The pause between two attempts to reach a broker, in seconds: short, so that it is used soon after it recovers.
    private static let longestPause = 1.0

    init(
        _ node: ServiceNode, _ broker: any Broker, _ processes: Processes, _ options: OrderingRuntime.Options,
        committed: Relay?
    ) {
        self.node = node
        self.processes = processes
        self.options = options
        let name = node.name
        relay = committed.map { relay in
            var relay = relay
            relay.pollSeconds = options.pollSeconds
            relay.backoff.capSeconds = Self.longestPause
            // Apply the whole topology before publishing: a queue that is bound later would miss the message.
            relay.topology = node.style.topology
            // A message that a queue rejects is retried at least once a minute and blocks only its key.
            relay.policy.maxAttempts = .max
            relay.report = { await options.report(.relay(name, $0)) }
            return relay
        }
        receiver = node.style.subscriptions[name].map { _ in
            var receiver = Receiver(broker, queue: Style.queue(of: name), node.inbox, node.store, node.world)
            receiver.backoff.capSeconds = Self.longestPause
            // A deleted queue is created again.
            receiver.topology = node.style.topology
            receiver.report = { await options.report(.receiver(name, $0)) }
            return receiver
        }
    }

    func work() async throws {
        var loop = WorkLoop(Worker(node.queue, processes: processes))
        loop.concurrency = options.concurrency
        loop.pollSeconds = options.pollSeconds
        loop.graceSeconds = options.graceSeconds
        loop.report = { [options, name = node.name] in await options.report(.attempt(name, $0)) }
        loop.reportFailure = { [options, name = node.name] in await options.report(.queueFailed(name, $0)) }
        _ = try await loop.run()
    }

    /// Removes old marks and requests until the task is canceled. The queue and the relay clean up their own tables.
    func clean() async {
        repeat {
            for _ in 0..<20 where !Task.isCancelled {
                guard (try? await node.removeOld(limit: 500)) == true else { break }
            }
        } while (try? await node.world.sleep(60)) != nil
    }

    /// The work that is due now.
    struct Left: Hashable, Sendable {
        /// A task is running or due.
        var hasTasks = false
        /// A message can be sent.
        var hasMessages = false
    }

    func left() async throws -> Left {
        let now = node.world.now()
        return try await node.store.read { tasks in
            let connection = tasks.connection
            return Left(
                hasTasks: try !connection.query(
                    "SELECT 1 AS found FROM tasks WHERE state = 'running' OR state = 'ready' AND due_at <= $1 LIMIT 1",
                    [.instant(now)]
                ).isEmpty,
                hasMessages: try !connection.query("SELECT 1 AS found FROM outbox WHERE state = 'unsent' LIMIT 1")
                    .isEmpty)
        }
    }
}
