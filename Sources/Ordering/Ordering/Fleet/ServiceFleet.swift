package import MessagingKit
package import OrderingCore
package import QueueKit
package import SQLKit
import Synchronization
package import WorldKit

/// Names of processes within this one, which end before it does.
package final class ProcessNames: Sendable {
    private let base: Processes
    private let state = Mutex((count: 0, ended: Set<String>()))

    package init(_ base: Processes) { self.base = base }

    /// This process, which knows which of the others have ended.
    package var own: Processes { Processes(own: base.own, isAlive: isAlive) }

    func next() -> Processes {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        return Processes(own: "\(base.own)#\(number)", isAlive: isAlive)
    }

    func end(_ name: String) { _ = state.withLock { $0.ended.insert(name) } }

    private var isAlive: @Sendable (String) -> Bool {
        { name in !self.state.withLock { $0.ended.contains(name) } && self.base.isAlive(name) }
    }
}

/// All services at work in this process, each on its own, as if in a process of its own: one can be stopped and started
/// again while the others go on.
package final class ServiceFleet: ServiceTransport {
    private struct Member {
        var process: String
        var runtime: OrderingRuntime
        var work: Task<Void, any Error>
    }

    private struct State {
        var members: [ServiceName: Member] = [:]
        /// Of services that were stopped.
        var past = Traffic.Arrows()
    }

    package let style: Style
    package let databases: [ServiceName: any SQLDatabase]
    private let broker: any Broker
    private let world: World
    private let names: ProcessNames
    private let keys: PasswordKeys
    private let options: OrderingRuntime.Options
    private let state = Mutex(State())

    /// - Parameter broker: shared by all; its `close` must do nothing, see ``RestartableBroker``.
    package init(
        _ style: Style, databases: [ServiceName: any SQLDatabase], broker: any Broker, world: World,
        names: ProcessNames, keys: PasswordKeys, options: OrderingRuntime.Options = .init()
    ) {
        self.style = style
        self.databases = databases
        self.broker = broker
        self.world = world
        self.names = names
        self.keys = keys
        self.options = options
    }

    package func start() {
        for service in ServiceName.allCases { start(service) }
    }

    package func start(_ service: ServiceName) { start(service, names.next(), databases, broker, options) }

    /// Starts a service in a process that will not outlive something.
    /// - Parameter broker: the broker as that process sees it.
    package func start(
        _ service: ServiceName, in doomed: DoomedProcess, broker: (Processes) -> any Broker
    ) {
        let process = names.next()
        var options = options
        // Nothing that it still does has an effect.
        options.graceSeconds = 0
        start(service, process, databases.mapValues(doomed.store), doomed.broker(broker(process)), options)
    }

    private func start(
        _ service: ServiceName, _ process: Processes, _ databases: [ServiceName: any SQLDatabase],
        _ broker: any Broker, _ options: OrderingRuntime.Options
    ) {
        state.withLock { state in
            guard state.members[service] == nil else { return }
            let runtime = OrderingRuntime(
                style, services: [service], databases: databases, broker: broker, world: world, processes: process,
                keys: keys, remote: self, options: options)
            state.members[service] = Member(
                process: process.own, runtime: runtime, work: Task { try await runtime.run() })
        }
    }

    /// Stops a service as a stop signal does: it finishes what it has begun.
    package func stop(_ service: ServiceName) async {
        guard let member = state.withLock({ $0.members.removeValue(forKey: service) }) else { return }
        member.work.cancel()
        _ = await member.work.result
        names.end(member.process)
        state.withLock { $0.past = $0.past + member.runtime.traffic.total }
    }

    package func stop() async {
        await withDiscardingTaskGroup { group in
            for service in ServiceName.allCases { group.addTask { await self.stop(service) } }
        }
    }

    /// The use cases behind the public routes; nil while the gateway is stopped.
    package var gateway: Gateway? { runtime(.gateway)?.gateway }

    /// What has travelled between the services so far.
    package var arrows: Traffic.Arrows {
        state.withLock { state in state.members.values.reduce(state.past) { $0 + $1.runtime.traffic.total } }
    }

    /// Handles a request of one service to another.
    package func send(_ request: ServiceRequest, from service: ServiceName) async throws -> ServiceAnswer {
        guard let runtime = runtime(request.endpoint.service) else {
            throw ServiceUnreachable(request.endpoint.service)
        }
        do {
            return try await runtime.answer(request)
        } catch {
            // To a caller in another process, a service that fails while it answers has broken the connection.
            throw ServiceUnreachable(request.endpoint.service)
        }
    }

    private func runtime(_ service: ServiceName) -> OrderingRuntime? {
        state.withLock { $0.members[service]?.runtime }
    }
}

extension Traffic.Arrows {
    fileprivate static func + (left: Self, right: Self) -> Self {
        Self(
            requests: left.requests + right.requests, publishes: left.publishes + right.publishes,
            deliveries: left.deliveries + right.deliveries)
    }
}
