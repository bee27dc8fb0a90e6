import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import WorldKit

/// What keeps one service busy: it receives messages, works on its queue, and sends what is in its outbox.
struct ServiceLoops: Sendable {
    let node: ServiceNode
    private let processes: Processes
    private let options: OrderingRuntime.Options
    /// Nil when the service publishes nothing.
    let relay: Relay?
    /// Nil when the service subscribes to nothing.
    let receiver: Receiver?

    /// Between two tries to reach a broker: it is used again soon after it is back.
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
            // Whole before anything is published: a message is lost to a queue that is bound a moment later.
            relay.topology = node.style.topology
            // What a queue does not take is offered again, at least once a minute, and holds up its key alone.
            relay.policy.maxAttempts = .max
            relay.report = { await options.report(.relay(name, $0)) }
            return relay
        }
        receiver = node.style.subscriptions[name].map { _ in
            var receiver = Receiver(broker, queue: Style.queue(of: name), node.inbox, node.store, node.world)
            receiver.backoff.capSeconds = Self.longestPause
            // A queue that has vanished is made anew.
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

    /// Removes old marks until the task is canceled. The queue and the relay remove what is theirs.
    func clean() async {
        repeat {
            let end = node.world.now().advanced(bySeconds: -Handled.retentionSeconds)
            for _ in 0..<20 where !Task.isCancelled {
                let removed = try? await node.store.write(isolation: .statement) {
                    try Handled(connection: $0.connection).remove(before: end, limit: 500)
                }
                guard removed == 500 else { break }
            }
        } while (try? await node.world.sleep(60)) != nil
    }

    /// Whether nothing is due here: no task, and no message that can be sent.
    func isAtRest() async throws -> Bool {
        let now = node.world.now()
        return try await node.store.read { tasks in
            try tasks.connection.query(
                """
                SELECT 1 AS found FROM tasks WHERE state = 'running' OR state = 'ready' AND due_at <= $1
                UNION ALL SELECT 1 FROM outbox WHERE state = 'unsent' LIMIT 1
                """, [.instant(now)]
            ).isEmpty
        }
    }
}
