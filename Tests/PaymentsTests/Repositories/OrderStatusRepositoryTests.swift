import PaymentCore
import Payments
import SQLKit
import TestSupport
import Testing

@Suite(.everyEngine) struct OrderStatusRepositoryTests {
    @Test(arguments: [1, 2, 3, 10, 256, 257, 1000]) func `statuses of many orders in one query`(count: Int) async throws
    {
        let fixture = try await StoreFixture()
        let ids = (0..<count).map { "o\($0)" }
        for (index, id) in ids.enumerated() where index % 3 != 2 {
            let owner = index % 3 == 0 ? "bistro" : "bar"
            try await fixture.insert(
                StoreFixture.order(id, of: owner) { $0.status = index % 2 == 0 ? .pending : .expired })
        }
        let found = try await fixture.store.read { try $0.orderStatuses.statuses(of: ids + ids, clientID: "bistro") }
        #expect(found.count == (count + 2) / 3, "those of others, and those that are not there, are left out")
        #expect(found.allSatisfy { $1 == ((Int($0.dropFirst()) ?? 0) % 2 == 0 ? .pending : .expired) })
    }

    @Test func `no ids yield no statuses`() async throws {
        let fixture = try await StoreFixture()
        #expect(try await fixture.store.read { try $0.orderStatuses.statuses(of: [], clientID: "bistro") } == [:])
    }

    @Test func `an order has another version even after an entry that becomes visible late`() async throws {
        let fixture = try await StoreFixture()
        try await fixture.insert(StoreFixture.order("o"))
        @Sendable func versions(afterEntry number: Int) async throws -> [String: Int64] {
            try await fixture.database.write { connection in
                try connection.execute(
                    """
                    INSERT INTO journal (entry_id, at, order_id, event, actor, detail)
                    VALUES ($1, 1, 'o', 'viewed', 'worker', '{}')
                    """, [.integer(number)])
            }
            return try await fixture.store.read { try $0.orderStatuses.versions(of: ["o", "unknown"]) }
        }
        let first = try await versions(afterEntry: 20)
        #expect(Array(first.keys) == ["o"], "an unknown order has none")
        #expect(try await versions(afterEntry: 10) != first)
    }

    @Test(.only(.sqlite)) func `a restaurant's orders are found in one index`() async throws {
        let fixture = try await StoreFixture()
        let plan = try await fixture.database.read { connection in
            try connection.query(
                "EXPLAIN QUERY PLAN SELECT order_id, status FROM orders WHERE client_id = $1 AND order_id IN ($2, $3)",
                [.text("a"), .text("b"), .text("c")]
            ).map { try $0.text("detail") }
        }
        #expect(plan == ["SEARCH orders USING COVERING INDEX orders_standing (client_id=? AND order_id=?)"])
    }
}
