import Glibc
import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import TestSupport
import Testing
import WorldKit

@testable import Ordering

/// The style of a folder of stores.
@Suite struct OrderingStoresTests {
    private static func open(
        _ directory: TemporaryDirectory, _ style: StyleName?, _ services: Set<ServiceName> = Set(ServiceName.allCases)
    ) async throws -> OrderingStores {
        try await OrderingStores.open(folder: directory.file("stores"), services: services, style: style)
    }

    @Test func `the style is recorded, and is the one that is used when none is asked for`() async throws {
        let directory = try TemporaryDirectory()
        let first = try await Self.open(directory, .events)
        await first.close()
        let second = try await Self.open(directory, nil)
        #expect(second.style.name == .events)
        await second.close()
        let fresh = try await OrderingStores.open(folder: directory.file("others"), style: nil)
        #expect(fresh.style.name == .hybrid)
        await fresh.close()
    }

    /// Something that a store has not finished, by the service and SQL that makes it.
    struct Unfinished: Sendable, CustomTestStringConvertible {
        var service: ServiceName
        var sql: String
        var testDescription: String { "\(service.rawValue): \(sql.prefix(20))" }
    }

    static let unfinished = [
        Unfinished(
            service: .billing,
            sql: """
                INSERT INTO tasks (kind, key, payload, state, due_at, created_at, updated_at)
                VALUES ('ordering.message', 'm', '{}', 'stuck', 0, 0, 0)
                """),
        Unfinished(
            service: .identity,
            sql: """
                INSERT INTO outbox
                    (id, exchange, type, key, correlation_id, time, schema_version, body, state, created_at)
                VALUES ('m', 'ordering', 't', 'k', 'c', 0, 1, '{}', 'parked', 0)
                """),
        Unfinished(
            service: .order,
            sql: """
                INSERT INTO orders (id, user_id, price, status, attempt, created_at)
                VALUES ('o', 'u', 100, 'pending', 1, 0)
                """),
        Unfinished(
            service: .gateway,
            sql: """
                INSERT INTO requests (id, kind, user_id, content, subject, created_at)
                VALUES ('r', 'order', 'u', '{}', 'o', 0)
                """),
    ]

    @Test(arguments: unfinished) func `another style is refused while work is unfinished, and taken after it`(
        _ case: Unfinished
    ) async throws {
        let directory = try TemporaryDirectory()
        let stores = try await Self.open(directory, .events)
        try await stores.databases[`case`.service]?.write { _ = try $0.execute(`case`.sql) }
        await stores.close()
        let error = await #expect(throws: StyleDiffers.self) { _ = try await Self.open(directory, .hybrid) }
        #expect(
            error
                == StyleDiffers(
                    service: `case`.service, recorded: .events, wanted: .hybrid, reason: .unfinished(1)))
        let again = try await Self.open(directory, nil)
        let table = `case`.sql.split(separator: " ")[2]
        try await again.databases[`case`.service]?.write { _ = try $0.execute("DELETE FROM \(table)") }
        await again.close()
        let changed = try await Self.open(directory, .hybrid)
        #expect(changed.style.name == .hybrid)
        await changed.close()
    }

    @Test func `a folder is made with those that it is in, for its owner alone`() async throws {
        let directory = try TemporaryDirectory()
        let folder = directory.file("share/shop/ordering")
        let stores = try await OrderingStores.open(folder: folder, style: nil)
        await stores.close()
        var status = stat()
        #expect(stat(folder, &status) == 0 && status.st_mode & 0o777 == 0o700)
        let file = try directory.write([], as: "file")
        await #expect(throws: SQLError.self) { _ = try await OrderingStores.open(folder: file + "/in", style: nil) }
    }

    @Test func `the style is not changed under another process`() async throws {
        let directory = try TemporaryDirectory()
        let used = try await Self.open(directory, .collaboration, [.billing])
        let error = await #expect(throws: StyleDiffers.self) { _ = try await Self.open(directory, .http, [.billing]) }
        #expect(error?.reason == .inUse)
        let same = try await Self.open(directory, .collaboration)
        await same.close()
        await used.close()
    }

    @Test func `processes of one folder have one style, whichever services they run`() async throws {
        let directory = try TemporaryDirectory()
        let gateway = try await Self.open(directory, .events, [.gateway])
        let error = await #expect(throws: StyleDiffers.self) { _ = try await Self.open(directory, .hybrid, [.billing]) }
        #expect(error == StyleDiffers(service: .gateway, recorded: .events, wanted: .hybrid, reason: .inUse))
        // Without an explicit style, a process uses the folder's.
        let billing = try await Self.open(directory, nil, [.billing])
        #expect(billing.style.name == .events)
        await billing.close()
        try await gateway.databases[.gateway]?.write {
            _ = try $0.execute(
                "INSERT INTO requests (id, kind, user_id, content, subject, created_at)"
                    + " VALUES ('r', 'order', 'u', '{}', 'o', 0)")
        }
        await gateway.close()
        // Unfinished work of a service that is not running counts too.
        let unfinished = await #expect(throws: StyleDiffers.self) {
            _ = try await Self.open(directory, .hybrid, [.billing])
        }
        #expect(unfinished?.service == .gateway && unfinished?.reason == .unfinished(1))
        let again = try await Self.open(directory, nil, [.gateway])
        try await again.databases[.gateway]?.write { _ = try $0.execute("DELETE FROM requests") }
        await again.close()
        let changed = try await Self.open(directory, .hybrid, [.order])
        await changed.close()
        for service in [ServiceName.gateway, .billing, .order] {
            let stores = try await Self.open(directory, nil, [service])
            #expect(stores.style.name == .hybrid, "\(service)")
            await stores.close()
        }
    }

    @Test func `of processes that start at the same time with two styles, those of one style run`() async throws {
        let directory = try TemporaryDirectory()
        let opened = await withTaskGroup(of: OrderingStores?.self) { group in
            for (number, service) in ServiceName.allCases.enumerated() {
                let style: StyleName = number.isMultiple(of: 2) ? .events : .hybrid
                group.addTask { try? await Self.open(directory, style, [service]) }
            }
            return await group.reduce(into: [OrderingStores]()) { all, stores in if let stores { all.append(stores) } }
        }
        #expect(opened.count == 3 && Set(opened.map(\.style.name)).count == 1)
        for stores in opened { await stores.close() }
    }

    @Test func `the recorded style is read without making anything`() async throws {
        let directory = try TemporaryDirectory()
        let folder = directory.file("stores")
        #expect(try await OrderingStores.recordedStyle(at: .folder(folder)) == nil)
        #expect(access(folder, F_OK) != 0)
        let stores = try await Self.open(directory, .collaboration, [.billing])
        await stores.close()
        #expect(try await OrderingStores.recordedStyle(at: .folder(folder)) == .collaboration)
        #expect(OrderingPlace.folder(folder).present == [.billing])
    }

    /// A queue of the embedded broker with one message, and whether it belongs to the services.
    @Test(arguments: [("ordering.billing", true), ("payments.receipts", false), ("orderings", false)])
    func `only messages for the services keep the style`(_ queue: String, _ isTheirs: Bool) async throws {
        let directory = try TemporaryDirectory()
        let stores = try await Self.open(directory, .events)
        let database = try #require(stores.broker)
        let broker = EmbeddedBroker(database, RunningShop.world, RunningShop.processes)
        #expect(
            try await broker.apply(Topology(exchange: "x", queues: [.init(name: queue, types: ["Order/OrderCreated"])]))
                == [])
        let message = try DeliveryTests.message(
            .orderFailed,
            FieldSet().with(.orderID, "o").with(.userID, "u").with(.price, .leastPrice)
                .with(.reason, .notEnoughMoney), .collaboration, at: RunningShop.world.now())
        var routed = message
        routed.type = "Order/OrderCreated"
        #expect(await broker.publish([routed], to: "x") == [.confirmed])
        await broker.close()
        await stores.close()
        guard isTheirs else {
            let changed = try await Self.open(directory, .hybrid)
            return await changed.close()
        }
        let error = await #expect(throws: StyleDiffers.self) { _ = try await Self.open(directory, .hybrid) }
        #expect(error?.reason == .unfinished(1))
    }

    @Test func `marks of what was handled are removed after their time, and not before`() async throws {
        let shop = try await Shop(.hybrid)
        _ = try await shop.customer("pavel@example.com", "10")
        let count = try await shop.rows("SELECT id FROM handled", at: .billing).count
        #expect(count > 0)
        let end = shop.now
        try await shop.system.node(.billing).store.write { tasks in
            #expect(try Handled(connection: tasks.connection).remove(before: end, limit: 500) == 0)
            let removed = try Handled(connection: tasks.connection)
                .remove(before: end.advanced(bySeconds: 1), limit: 500)
            #expect(removed == count)
        }
        // Longer than anything that could bring a message again by itself.
        #expect(Handled.retentionSeconds >= 5 * 7 * 86_400)
    }
}
