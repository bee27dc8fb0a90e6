import PaymentCore
import Payments
import SQLKit
import TestSupport
import Testing
import WorldKit

@Suite(.everyEngine) struct OrderRepositoryTests {
    @Test func `a written order is read back`() async throws {
        let fixture = try await StoreFixture()
        for order in [StoreFixture.order("bare"), try StoreFixture.fullOrder("full")] {
            try await fixture.insert(order)
            let (byID, byBill, lines) = try await fixture.store.read {
                (
                    try $0.orders.order(id: order.orderID),
                    try $0.orders.order(clientID: order.clientID, internalOrderID: order.internalOrderID),
                    try $0.orders.lines(of: order)
                )
            }
            #expect(byID == order && byBill == order && lines == StoreFixture.lines)
        }
        let nobody = try await fixture.store.read { try $0.orders.order(id: "nope") }
        #expect(nobody == nil)
    }

    @Test func `every version of a bill is kept`() async throws {
        let fixture = try await StoreFixture()
        var order = StoreFixture.order()
        try await fixture.insert(order)
        let first = order
        order.billVersion = 2
        let second = order
        let lines = [BillLine(name: "Fish", amount: rub(9_000))]
        try await fixture.store.write { try $0.orders.insertBill(of: second, lines: lines) }
        let read = try await fixture.store.read { (try $0.orders.lines(of: first), try $0.orders.lines(of: second)) }
        #expect(read.0 == StoreFixture.lines && read.1 == lines)
    }

    @Test func `one order per bill`() async throws {
        let fixture = try await StoreFixture()
        try await fixture.insert(StoreFixture.order("1"))
        var twin = StoreFixture.order("2")
        twin = Order(
            orderID: "2", clientID: twin.clientID, internalOrderID: "bill-1", amount: twin.amount,
            capturedAmount: twin.capturedAmount,
            refunded: twin.refunded, createdAt: twin.createdAt, updatedAt: twin.updatedAt, expiresAt: twin.expiresAt)
        let second = twin
        await #expect(throws: SQLError.self) { try await fixture.insert(second) }
        let isThere = try await fixture.store.read { try $0.orders.order(id: "2") != nil }
        #expect(!isThere, "nothing of it is kept")
    }

    /// What another caller may have done to the order meanwhile.
    private static let moves: [(name: String, move: @Sendable (inout Order) -> Void)] = [
        ("its status", { $0.status = .holding }),
        ("its payer", { $0.edaOrderID = "eda-2" }),
        ("its operation", { $0.operation = 7 }),
        ("its bill", { $0.billVersion = 2 }),
    ]

    @Test(arguments: moves.indices) func `a compare-and-set loses to an earlier change`(index: Int) async throws {
        let fixture = try await StoreFixture()
        let seen = StoreFixture.order()
        try await fixture.insert(seen)
        var first = seen
        Self.moves[index].move(&first)
        var second = seen
        second.status = .canceled
        let (moved, mine) = (first, second)
        let outcomes = try await fixture.store.write {
            (
                try $0.orders.compareAndSet(moved, expected: seen), try $0.orders.compareAndSet(mine, expected: seen),
                try $0.orders.order(id: "o")
            )
        }
        #expect(outcomes.0 && !outcomes.1, "\(Self.moves[index].name) had moved")
        #expect(outcomes.2 == moved)
        let late = try await fixture.store.write { try $0.orders.compareAndSet(mine, expected: moved) }
        #expect(late)
    }

    @Test func `a refund loses to another refund`() async throws {
        let fixture = try await StoreFixture()
        let seen = try StoreFixture.fullOrder()
        try await fixture.insert(seen)
        var first = seen
        first.refunded = rub(2_000)
        var second = seen
        second.refunded = rub(5_000)
        let (a, b) = (first, second)
        let outcomes = try await fixture.store.write {
            (try $0.orders.compareAndSet(a, expected: seen), try $0.orders.compareAndSet(b, expected: seen))
        }
        #expect(outcomes == (true, false))
    }

    @Test func `impossible values are refused`() async throws {
        let fixture = try await StoreFixture()
        let cases: [(name: String, change: (inout Order) -> Void)] = [
            ("more taken than billed", { $0.capturedAmount = rub(12_001) }),
            ("more refunded than taken", { $0.refunded = rub(1) }), ("no bill", { $0.amount = rub(0) }),
        ]
        for (name, change) in cases {
            let order = StoreFixture.order("o", change)
            await #expect(throws: SQLError.self, "\(name)") { try await fixture.insert(order) }
        }
    }

    @Test func `all filters must match`() async throws {
        let fixture = try await StoreFixture()
        for index in 0..<6 {
            try await fixture.insert(
                Order(
                    orderID: "\(index)", clientID: index < 3 ? "bistro" : "cafe", internalOrderID: "\(index)",
                    status: index % 2 == 0 ? .pending : .cleared, amount: rub(1), capturedAmount: rub(0),
                    refunded: rub(0),
                    uid: index == 5 ? nil : "guest-\(index % 2)",
                    createdAt: StoreFixture.now.advanced(bySeconds: Double(index)), updatedAt: StoreFixture.now,
                    expiresAt: StoreFixture.now))
        }
        let cases: [(String, (inout OrderFilter) -> Void, [String])] = [
            ("all, youngest first", { _ in }, ["5", "4", "3", "2", "1", "0"]),
            ("limit", { $0.limit = 2 }, ["5", "4"]),
            ("status", { $0.statuses = [.cleared] }, ["5", "3", "1"]),
            ("two statuses", { $0.statuses = [.cleared, .pending] }, ["5", "4", "3", "2", "1", "0"]),
            (
                "status and restaurant",
                {
                    $0.statuses = [.cleared]
                    $0.clientID = "cafe"
                }, ["5", "3"]
            ),
            (
                "restaurant and guest",
                {
                    $0.clientID = "cafe"
                    $0.uid = "guest-1"
                }, ["3"]
            ),
            ("since, included", { $0.since = StoreFixture.now.advanced(bySeconds: 4) }, ["5", "4"]),
            ("until, not included", { $0.until = StoreFixture.now.advanced(bySeconds: 2) }, ["1", "0"]),
            (
                "nothing left",
                {
                    $0.uid = "guest-0"
                    $0.statuses = [.cleared]
                }, []
            ),
        ]
        for (name, narrow, expected) in cases {
            var filter = OrderFilter()
            narrow(&filter)
            let asked = filter
            let found = try await fixture.store.read { try $0.orders.orders(asked).map(\.orderID) }
            #expect(found == expected, "\(name)")
        }
    }
}
