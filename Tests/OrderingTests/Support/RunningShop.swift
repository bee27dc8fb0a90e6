import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import SQLiteEngine
import TestSupport
import Testing
import WorldKit

import struct FoundationEssentials.Date

@testable import Ordering

/// Services at work over a real broker, on stores in a folder.
struct RunningShop {
    let runtime: OrderingRuntime
    let stores: OrderingStores
    let directory: TemporaryDirectory
    /// The runtime's; or for RabbitMQ another connection to it.
    let broker: any Broker
    /// Of RabbitMQ.
    let virtualHost: String?
    /// Notified of every event that the runtime reports.
    let changes = ChangeSignal()

    /// The two brokers that all runtimes are tested with.
    enum BrokerKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case embedded, rabbitMQ

        var testDescription: String { rawValue }
    }

    init(
        _ style: StyleName, _ broker: BrokerKind = .embedded, options: OrderingRuntime.Options = .init()
    ) async throws {
        switch broker {
        case .embedded: try await self.init(style, rabbitMQ: nil, options: options)
        case .rabbitMQ: try await self.init(style, rabbitMQ: try await Self.rabbitMQ(), options: options)
        }
    }

    /// - Parameter rabbitMQ: nil for the embedded broker.
    init(
        _ style: StyleName, rabbitMQ: RabbitMQOptions?, options: OrderingRuntime.Options = .init()
    ) async throws {
        directory = try TemporaryDirectory()
        stores = try await OrderingStores.open(folder: directory.file("stores"), style: style)
        virtualHost = rabbitMQ?.address.virtualHost
        let own: any Broker
        if let rabbitMQ {
            (own, broker) = (RabbitMQBroker(rabbitMQ), RabbitMQBroker(rabbitMQ))
        } else {
            own = EmbeddedBroker(try #require(stores.broker), Self.world, Self.processes)
            broker = own
        }
        var options = options
        options.report = { [changes, report = options.report] event in
            await report(event)
            changes.notify()
        }
        runtime = OrderingRuntime(
            Style(style), databases: stores.databases, broker: own, world: Self.world, processes: Self.processes,
            keys: Shop.keys, options: options)
    }

    /// A virtual host of its own, so that tests share a node and no queue.
    static func rabbitMQ() async throws -> RabbitMQOptions {
        let node = try await RabbitMQNode.shared
        let name = "shop-\(UInt64.random(in: 0 ... .max))"
        try await node.control("add_vhost \(name)")
        try await node.control("set_permissions -p \(name) guest .* .* .*")
        var address = try AMQPAddress(node.url)
        address.virtualHost = name
        return RabbitMQOptions(address: address, password: RabbitMQNode.password, settlingSeconds: 0)
    }

    static let processes = Processes(own: "tests") { _ in true }

    static let world = World.live

    /// Runs `body` while the services work, then lets them come to rest and expects that all invariants hold.
    func running(_ body: (Gateway) async throws -> [OrderingSnapshot.ClientAnswer]) async throws {
        let work = Task { try await runtime.run() }
        let answers: [OrderingSnapshot.ClientAnswer]
        do {
            answers = try await body(runtime.gateway)
            try await comeToRest()
        } catch {
            work.cancel()
            _ = await work.result
            throw error
        }
        work.cancel()
        try await work.value
        var snapshot = try await OrderingSnapshot(of: stores.databases, style: runtime.style.name)
        snapshot.answers = answers
        for broken in snapshot.broken(isAtRest: true) { Issue.record("\(broken)") }
        await broker.close()
        await stores.close()
    }

    /// Waits until no task and no message is left, not even one that is postponed.
    func comeToRest() async throws {
        try await changes.wait { try await isAtRest() }
    }

    private func isAtRest() async throws -> Bool {
        let snapshot = try await OrderingSnapshot(of: stores.databases, style: runtime.style.name)
        return snapshot.work.allSatisfy(\.isStuck) && snapshot.sent.allSatisfy { $0.state != .unsent }
            && snapshot.orders.allSatisfy(\.status.isFinal)
            && snapshot.notifications.count >= snapshot.orders.count
            && snapshot.pushEvents.count >= snapshot.orders.count
    }

    /// Registers a user and deposits money.
    /// - Returns: the user's id.
    func customer(_ email: String, _ balance: String) async throws -> String {
        let answer = try await runtime.gateway.register(.init(email: email, password: Shop.password, firstName: "P"))
        #expect(answer.status == 201)
        let userID = try #require(answer.fields[.userID])
        // In some styles the account is made after the answer.
        try await changes.wait { try await runtime.gateway.account(userID: userID).status == 200 }
        #expect(try await runtime.gateway.deposit(try Money(decimal: balance), userID: userID).status == 200)
        return userID
    }
}
