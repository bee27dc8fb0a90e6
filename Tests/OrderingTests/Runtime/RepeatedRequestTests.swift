import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import Synchronization
import TestSupport
import Testing
import WorldKit

@testable import Ordering

/// Requests that are repeated while the first one is in progress: they return together with it.
@Suite(.timeLimit(.minutes(5))) struct RepeatedRequestTests {
    /// Lets the time pass at which tasks that were put off are due, without waiting for it.
    private final class Patience: Sendable {
        private let state = Mutex((seconds: 0.0, isOver: false, stores: [TaskStore]()))

        var now: Instant { World.live.now().advanced(bySeconds: state.withLock { $0.seconds }) }

        func watch(_ stores: [TaskStore]) { state.withLock { $0.stores = stores } }

        /// From now on every task that is put off is due at once.
        func end() {
            state.withLock { $0.isOver = true }
            attempted()
        }

        /// A task may have been put off.
        func attempted() {
            let stores = state.withLock { state in
                guard state.isOver else { return [TaskStore]() }
                state.seconds += 10
                return state.stores
            }
            for store in stores { store.staged.notify() }
        }
    }

    /// In style http. Nothing is polled: waits only end by what the services commit.
    private static func run(_ body: (OrderingRuntime, ChangeSignal, Patience) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let stores = try await OrderingStores.open(folder: directory.file("stores"), style: .http)
        let patience = Patience()
        var world = World.live { patience.now }
        world.sleep = { seconds in
            guard seconds < 100 else {
                await untilCancelled()
                throw CancellationError()
            }
            try await World.live.sleep(seconds)
        }
        let changes = ChangeSignal()
        var options = OrderingRuntime.Options()
        (options.answerSeconds, options.pollSeconds) = (100_000, 100_000)
        options.report = { _ in
            changes.notify()
            patience.attempted()
        }
        let runtime = OrderingRuntime(
            stores.style, databases: stores.databases,
            broker: EmbeddedBroker(try #require(stores.broker), world, RunningShop.processes), world: world,
            processes: RunningShop.processes, keys: Shop.keys, options: options)
        patience.watch(runtime.services.nodes.map(\.store))
        let work = Task { try await runtime.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(runtime, changes, patience)) } catch { result = .failure(error) }
        work.cancel()
        try await work.value
        await stores.close()
        try result.get()
    }

    /// Whether a service has failed to reach another one at least once.
    private static func hasTried(_ service: ServiceName, _ runtime: OrderingRuntime) async throws -> Bool {
        try await runtime.node(service)?.store.read { tasks in
            try !tasks.connection.query(
                "SELECT 1 AS found FROM tasks WHERE kind = 'ordering.call' AND attempts > 0 AND state = 'ready'"
            ).isEmpty
        } ?? false
    }

    /// A route of a service whose answer depends on another service.
    struct Repeated: Sendable, CustomTestStringConvertible {
        var endpoint: Endpoint
        var other: ServiceName
        var status: Int
        var testDescription: String { endpoint.rawValue }
    }

    static let repeated = [
        Repeated(endpoint: .createOrder, other: .billing, status: 200),
        Repeated(endpoint: .registerUser, other: .billing, status: 201),
        Repeated(endpoint: .createNotification, other: .identity, status: 201),
    ]

    @Test(arguments: repeated) func `all repetitions at a service are answered when the outcome is known`(
        _ one: Repeated
    ) async throws {
        try await Self.run { runtime, changes, patience in
            let user = try await runtime.gateway.register(name: "Pavel")
            let userID = try #require(user.fields[.userID])
            _ = try await runtime.gateway.deposit(try Money(decimal: "10"), userID: userID)
            let fields =
                one.endpoint == .registerUser
                ? User(id: "u-1", email: nil, firstName: "Vera").fields
                : FieldSet().with(.orderID, "o-1").with(.userID, userID).with(.price, try Money(decimal: "10"))
            runtime.services.set(one.other, isDown: true)
            let answers = try await withThrowingTaskGroup(of: ServiceAnswer.self) { group in
                for number in 0..<3 {
                    group.addTask {
                        try await runtime.answer(
                            ServiceRequest(
                                id: "r-\(number)", endpoint: one.endpoint, fields: fields,
                                correlationID: "c-\(number)", time: RunningShop.world.now()))
                    }
                }
                try await changes.wait { try await Self.hasTried(one.endpoint.service, runtime) }
                runtime.services.set(one.other, isDown: false)
                patience.end()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.map(\.status) == [one.status, one.status, one.status])
        }
    }

    @Test func `all clients that order one basket are answered when it is paid, under whatever key`() async throws {
        try await Self.run { runtime, changes, patience in
            let gateway = runtime.gateway
            let userID = try #require(try await gateway.register(name: "Pavel").fields[.userID])
            _ = try await gateway.deposit(try Money(decimal: "10"), userID: userID)
            let basketID = try #require(try await gateway.basket(userID: userID).fields[.basketID])
            runtime.services.set(.billing, isDown: true)
            let answers = try await withThrowingTaskGroup(of: Gateway.Answer.self) { group in
                for key in ["a", "b", nil] {
                    group.addTask { try await gateway.buy("10", userID: userID, basketID: basketID, key: key) }
                }
                try await changes.wait { try await Self.hasTried(.order, runtime) }
                runtime.services.set(.billing, isDown: false)
                patience.end()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.map(\.status) == [200, 200, 200])
            #expect(Set(answers.map { $0.fields[.orderID] }).count == 1)
        }
    }
}
