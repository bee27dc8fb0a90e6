package import MessagingKit
package import OrderingCore
package import QueueKit
package import SQLKit
import Synchronization
package import WorldKit

/// Runs some or all services in this process: messages go from each outbox through the broker to the other services'
/// inboxes and are handled there immediately.
package final class OrderingRuntime: Sendable {
    package let style: Style
    package let services: LocalServices
    /// Notified of each commit of this process's services.
    package let commits = Commits()
    private let broker: MeteredBroker
    private let loops: [ServiceLoops]
    private let world: World
    private let options: Options
    private let keys: PasswordKeys

    /// - Parameters:
    ///   - services: the services that run here.
    ///   - databases: their databases, with the migrations of ``OrderingCore/ServiceName``.
    ///   - broker: closed at the end of ``run()``.
    ///   - remote: reaches services in other processes.
    package init(
        _ style: Style, services: Set<ServiceName> = Set(ServiceName.allCases),
        databases: [ServiceName: any SQLDatabase], broker: any Broker, world: World, processes: Processes,
        keys: PasswordKeys, remote: (any ServiceTransport)? = nil, options: Options = Options()
    ) {
        let traffic = Traffic()
        let metered = MeteredBroker(broker, traffic)
        let local = LocalServices(
            traffic, remote: remote, patience: Self.patience(commits, world, options))
        self.style = style
        self.services = local
        self.broker = metered
        self.world = world
        self.options = options
        self.keys = keys
        loops = ServiceName.allCases.filter(services.contains).map { [commits] name in
            guard let database = databases[name] else { preconditionFailure("\(name.rawValue) has no database") }
            let relay = style.topology.queues.isEmpty ? nil : Relay(database, metered, world, processes)
            let node = ServiceNode(name, style, database, world, local) { commit in
                commits.notify(commit.subjects)
                if commit.hasMessages { relay?.committed.notify() }
            }
            local.add(node)
            return ServiceLoops(node, metered, processes, options, committed: relay)
        }
    }

    package var traffic: Traffic { services.traffic }

    /// The service; nil when it does not run here.
    package func node(_ service: ServiceName) -> ServiceNode? { services.node(service) }

    /// The use cases behind the public routes. The gateway must run here.
    package var gateway: Gateway {
        guard let node = node(.gateway) else { preconditionFailure("the gateway does not run in this process") }
        return Gateway(node, services, keys, patience: Self.patience(commits, world, options))
    }

    /// Handles a request of another process to a service of this one.
    /// - Throws: ``ServiceUnreachable`` when the service does not run here.
    package func answer(_ request: ServiceRequest) async throws -> ServiceAnswer {
        try await services.answer(request)
    }

    /// Creates the missing exchange and queues.
    /// - Throws: ``MessagingKit/BrokerError``, `mismatch` if an exchange or a queue has other properties.
    package func prepare() async throws {
        let differences = try await broker.apply(style.topology)
        guard differences.isEmpty else {
            throw BrokerError(.mismatch, differences.map(\.words).joined(separator: "; "))
        }
    }

    /// Works until the task is canceled: then it stops receiving, finishes running tasks, sends pending messages and
    /// closes the broker. The stores stay open.
    ///
    /// It waits for a broker that is down, blocked or gone; until the broker is back, messages stay in the outboxes.
    /// - Throws: ``MessagingKit/BrokerError`` if the broker refuses the user, or an exchange or a queue has other
    ///   properties.
    /// - Parameter started: called once the broker has accepted the topology or cannot be reached.
    package func run(started: @escaping @Sendable () -> Void = {}) async throws {
        try await work(started: started) { [world] in
            while (try? await world.sleep(3600)) != nil {}
        }
        await broker.close()
    }

    /// Works until the services of this process are at rest: no task due, no message unsent or in transit.
    package func settle() async throws { try await work { [self] in _ = await untilAtRest() } }

    /// Works while `body` runs, and then until the services are at rest, for at most `seconds`.
    ///
    /// It does not wait for an unusable broker: messages stay in the outboxes.
    /// - Parameter cutOff: called with the reason when messages stay there.
    package func settle<Value: Sendable>(
        after body: @escaping @Sendable () async throws -> Value, withinSeconds seconds: Double,
        cutOff: @escaping @Sendable (BrokerError) -> Void = { _ in }
    ) async throws -> Value {
        let result = Mutex<Result<Value, any Error>?>(nil)
        try await work { [self] in
            let ended: Result<Value, any Error>
            do { ended = .success(try await body()) } catch { ended = .failure(error) }
            result.withLock { $0 = ended }
            let failure = await withTaskGroup(of: BrokerError?.self) { group in
                group.addTask { await self.untilAtRest(needsBroker: false) }
                group.addTask {
                    try? await self.world.sleep(seconds)
                    return nil
                }
                defer { group.cancelAll() }
                return await group.next() ?? nil
            }
            if let failure { cutOff(failure) }
        }
        guard let ended = result.withLock({ $0 }) else { throw CancellationError() }
        return try ended.get()
    }

    /// Why no message can be sent or received for now; nil when the broker answers, or the style needs none.
    package func brokerFailure() async -> BrokerError? {
        let queues = self.queues
        guard !queues.isEmpty else { return nil }
        do {
            _ = try await broker.depths(of: queues)
        } catch let error as BrokerError where [.unreachable, .denied, .blocked].contains(error.code) {
            return error
        } catch {}
        return nil
    }

    private var queues: [String] { loops.filter { $0.receiver != nil }.map { Style.queue(of: $0.node.name) } }

    /// - Parameter needsBroker: whether to wait for an unusable broker.
    /// - Returns: why messages stay in the outboxes, if they do.
    private func untilAtRest(needsBroker: Bool = true) async -> BrokerError? {
        var rests = 0
        var failures = 0
        // A broker on a network does not report messages in transit to a receiver: it has to be quiet for a while.
        while rests < 2, !Task.isCancelled {
            let traffic = self.traffic.total
            try? await world.sleep(0.02)
            let isAtRest = (try? await self.isAtRest()) ?? false
            rests = isAtRest && traffic == self.traffic.total ? rests + 1 : 0
            guard !needsBroker, !isAtRest, let left = try? await left(), !left.hasTasks,
                let failure = await brokerFailure()
            else {
                failures = 0
                continue
            }
            failures += 1
            // A single lost connection does not mean that the broker is down.
            if failures == 2 { return left.hasMessages ? failure : nil }
        }
        return nil
    }

    /// The work that is due in the services of this process.
    private func left() async throws -> ServiceLoops.Left {
        var left = ServiceLoops.Left()
        for loop in loops {
            let own = try await loop.left()
            left.hasTasks = left.hasTasks || own.hasTasks
            left.hasMessages = left.hasMessages || own.hasMessages
        }
        return left
    }

    private func isAtRest() async throws -> Bool {
        guard try await left() == ServiceLoops.Left() else { return false }
        let queues = self.queues
        guard !queues.isEmpty else { return true }
        guard !broker.isHolding, try await broker.depths(of: queues).values.allSatisfy({ $0 == 0 }) else {
            return false
        }
        return true
    }

    // MARK: Working

    /// Runs all loops while `body` runs, and stops them in order: receivers first, relays last.
    private func work(
        started: @Sendable () -> Void = {}, while body: @escaping @Sendable () async -> Void
    ) async throws {
        if !style.topology.queues.isEmpty {
            do {
                try await prepare()
            } catch let error as BrokerError where [.unreachable, .blocked, .other].contains(error.code) {
                await options.report(.brokerFailed(error))
            }
        }
        started()
        let receiving = each { await $0.receiver?.run() }
        let cleaning = each { await $0.clean() }
        let sending = each { await $0.relay?.run() }
        let working = each { try await $0.work() }
        let stop = Task {
            await body()
            receiving.cancel()
            cleaning.cancel()
            _ = await receiving.result
            working.cancel()
        }
        let result = await withTaskCancellationHandler {
            // An unusable task queue stops the runtime.
            let result = await working.result
            stop.cancel()
            await stop.value
            return result
        } onCancel: {
            stop.cancel()
        }
        sending.cancel()
        _ = await sending.result
        await flush()
        _ = await cleaning.result
        try result.get()
    }

    /// Unstructured, so that canceling the caller does not cancel all loops at the same time.
    private func each(_ body: @escaping @Sendable (ServiceLoops) async throws -> Void) -> Task<Void, any Error> {
        Task { [loops] in
            try await withThrowingDiscardingTaskGroup { group in
                for loop in loops { group.addTask { try await body(loop) } }
            }
        }
    }

    /// Sends the remaining messages, for a limited time and until the broker fails.
    private func flush() async {
        let flushing = each { loop in
            guard let relay = loop.relay else { return }
            _ = await relay.flush()
            await relay.release()
        }
        let timer = Task { [world, options] in
            try await world.sleep(options.flushSeconds)
            flushing.cancel()
        }
        _ = await flushing.result
        timer.cancel()
    }

    /// Waits for commits of this process, and polls for those of others.
    private static func patience(_ commits: Commits, _ world: World, _ options: Options) -> Patience {
        { _, subjects, attempt in
            let deadline = world.now().advanced(bySeconds: options.answerSeconds)
            return try await commits.watching(subjects) { signal in
                while true {
                    if let answer = try await attempt() { return answer }
                    let seconds = min(deadline.seconds(since: world.now()), options.pollSeconds)
                    guard seconds > 0 else { return nil }
                    try await signal.wait { try await world.sleep(seconds) }
                }
            }
        }
    }
}
