import PaymentCore
import Payments
import QueueKit
import SQLKit
import TestSupport
import WorldKit

/// A store in memory, and values to put into it.
struct StoreFixture: Sendable {
    let database: any SQLDatabase
    let store: Store

    init() async throws {
        database = try await TestStore.open(Schema.migrations)
        store = Store(database)
    }

    static let now = Instant(microseconds: 1_773_489_600_123_456)
    static let lines = [
        BillLine(name: "Борщ «по-флотски»\u{0}\n", quantity: Quantity(millionths: 1_500_000), amount: rub(9_000)),
        BillLine(name: "Tea", amount: rub(3_000)),
    ]

    static func order(
        _ id: String = "o", of clientID: String = "bistro", _ change: (inout Order) -> Void = { _ in }
    ) -> Order {
        var order = Order(
            orderID: id, clientID: clientID, internalOrderID: "bill-\(id)", amount: rub(12_000), capturedAmount: rub(0),
            refunded: rub(0), createdAt: now, updatedAt: now, expiresAt: now.advanced(bySeconds: 7200))
        change(&order)
        return order
    }

    /// An order with all fields set.
    static func fullOrder(_ id: String = "o") throws -> Order {
        let terms = CashbackTerms(ruleID: "rule", percent: try Percent("7.5"), cap: rub(500))
        return order(id) {
            $0.billVersion = 3
            $0.status = .cleared
            $0.prepaid = rub(2_500)
            $0.capturedAmount = rub(12_000)
            $0.refunded = rub(1_000)
            $0.uid = "anna"
            $0.paymentMethodID = "card-approve"
            $0.edaOrderID = "eda-\(id)"
            $0.operation = 2
            $0.beganAt = now.advanced(bySeconds: 1)
            $0.cashback = terms
        }
    }

    func insert(_ order: Order) async throws {
        try await store.write { try $0.orders.insert(order, lines: Self.lines) }
    }

    func enqueue(_ request: TaskRequest, at instant: Instant = now) async throws {
        try await store.write { try $0.tasks.enqueue(request, at: instant) }
    }

    static func request(
        _ key: String, kind: TaskKind = .paymentSettle, orderID: String? = nil, dueAt: Instant = now
    ) -> TaskRequest {
        var request = TaskRequest(
            kind: kind, key: key, payload: ["a": "б"], tags: [.clientID: "bistro"], dueAt: dueAt)
        request.tags[.orderID] = orderID
        return request
    }
}
