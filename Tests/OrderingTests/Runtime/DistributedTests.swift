import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import Synchronization
import TestSupport
import Testing

@testable import Ordering

extension RuntimeTests {
    /// Services that run apart, as processes of their own do: a broker, and requests over a transport.
    @Suite struct Distributed {
        /// Reaches the runtime of each service, while there is one.
        final class Network: ServiceTransport {
            private let runtimes = Mutex<[ServiceName: OrderingRuntime]>([:])

            func set(_ runtime: OrderingRuntime?, _ service: ServiceName) {
                runtimes.withLock { $0[service] = runtime }
            }

            func send(_ request: ServiceRequest, from service: ServiceName) async throws -> ServiceAnswer {
                let target = request.endpoint.service
                guard let runtime = runtimes.withLock({ $0[target] }) else { throw ServiceUnreachable(target) }
                return try await runtime.answer(request)
            }
        }

        @Test(arguments: StyleName.allCases) func `each service may run alone`(_ style: StyleName) async throws {
            let directory = try TemporaryDirectory()
            let network = Network()
            let changes = ChangeSignal()
            var options = OrderingRuntime.Options()
            options.report = { _ in changes.notify() }
            var all: [OrderingStores] = []
            var work: [Task<Void, any Error>] = []
            var gateway: Gateway?
            for service in ServiceName.allCases {
                let stores = try await OrderingStores.open(
                    folder: directory.file("stores"), services: [service], style: style)
                let processes = Processes(own: "process of \(service.rawValue)") { _ in true }
                let runtime = OrderingRuntime(
                    Style(style), services: [service], databases: stores.databases,
                    broker: EmbeddedBroker(try #require(stores.broker), RunningShop.world, processes),
                    world: RunningShop.world, processes: processes, keys: Shop.keys, remote: network,
                    options: options)
                network.set(runtime, service)
                work.append(Task { try await runtime.run() })
                if service == .gateway { gateway = runtime.gateway }
                all.append(stores)
            }
            let client = try #require(gateway)
            let answer = try await client.register(.init(email: "pavel@example.com", password: Shop.password))
            let userID = try #require(answer.fields[.userID])
            try await changes.wait { try await client.account(userID: userID).status == 200 }
            #expect(try await client.deposit(try Money(decimal: "10"), userID: userID, key: "d").status == 200)
            let order = try await client.buy("10", userID: userID, key: "k")
            #expect(order.status == (style == .hybrid ? 202 : 200))
            let orderID = try #require(order.fields[.orderID])
            try await changes.wait {
                let events = try await client.pushEvents(userID: userID).rows
                let notifications = try await client.notifications(userID: userID).rows
                return !events.isEmpty && !notifications.isEmpty
            }
            #expect(try await client.order(orderID, userID: userID).fields[.status] == .succeeded)
            for task in work { task.cancel() }
            for task in work { try await task.value }
            for stores in all { await stores.close() }
            let whole = try await OrderingStores.open(folder: directory.file("stores"), style: nil)
            #expect(whole.style.name == style)
            let snapshot = try await OrderingSnapshot(of: whole.databases, style: style)
            await whole.close()
            for broken in snapshot.broken(isAtRest: true) { Issue.record("\(broken)") }
            #expect(snapshot.orders.map(\.status) == [.succeeded])
        }

        @Test func `what a stopped process has left is done by the next one`() async throws {
            let shop = try await RunningShop(.hybrid)
            let userID: String
            do {
                let work = Task { try await shop.runtime.run() }
                userID = try await shop.customer("pavel@example.com", "100")
                for number in 0..<5 { _ = try await shop.runtime.gateway.buy("10", userID: userID, key: "k\(number)") }
                // In the middle of it.
                work.cancel()
                try await work.value
            }
            // The broker was closed with the runtime.
            let next = OrderingRuntime(
                Style(.hybrid), databases: shop.stores.databases,
                broker: EmbeddedBroker(try #require(shop.stores.broker), RunningShop.world, RunningShop.processes),
                world: RunningShop.world, processes: RunningShop.processes, keys: Shop.keys)
            try await next.settle()
            let snapshot = try await OrderingSnapshot(of: shop.stores.databases, style: .hybrid)
            await shop.stores.close()
            for broken in snapshot.broken(isAtRest: true) { Issue.record("\(broken)") }
            #expect(snapshot.orders.count == 5 && snapshot.orders.allSatisfy { $0.status == .succeeded })
        }
    }
}
