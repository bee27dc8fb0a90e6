import PaymentCore
import PaymentSandbox
import Payments
import QueueKit
import SQLKit
import TestSupport
import Testing

/// Transactions may run more than once: after a conflict, an engine runs them again.
@Suite(.everyEngine) struct RepeatedBodyTests {
    /// Runs each writing body twice and rolls the first run back, as an engine does after a conflict.
    private struct RepeatingDatabase: SQLDatabase {
        struct RolledBack: Error {}

        let real: any SQLDatabase

        func read<Value: Sendable>(
            _ body: @escaping @Sendable (any SQLConnection) throws -> Value
        ) async throws -> Value {
            _ = try? await real.read(body)
            return try await real.read(body)
        }

        func readImmediately<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value? {
            nil
        }

        func write<Value: Sendable>(
            _ body: @escaping @Sendable (any SQLConnection) throws -> Value
        ) async throws -> Value {
            try await real.write { connection in
                do {
                    try connection.savepoint {
                        _ = try body(connection)
                        throw RolledBack()
                    }
                } catch {}
                return try body(connection)
            }
        }

        func close() async { await real.close() }
    }

    /// A paid order, partly refunded, with its receipts and cashback: the journal's events, and what the store holds.
    private func walk(repeating: Bool) async throws -> [String] {
        let database = try await TestStore.open(Schema.migrations)
        let fixture = try await PaymentFixture(
            cashback: "10", database: repeating ? RepeatingDatabase(real: database) : database)
        let orderID = try await fixture.paidOrder()
        _ = try await Payments(fixture.services).refund(
            Payments.RefundRequest(orderID: orderID, amount: rub(5_000), reason: "cold"), actor: .support)
        try await fixture.drain()
        let task = try #require(try await fixture.tasks(.orderExpire).first)
        var filter = TaskFilter()
        filter.ids = [task.taskID]
        _ = try? await fixture.services.queue.change(TaskChangeRequest(.cancel, filter, actor: "support"))
        let history = try await Orders(fixture.services).history(orderID)
        let receipts = try await Receipts(fixture.services).list(orderID: orderID, limit: 9)
        let order = try await fixture.order(orderID)
        return history.map { "\($0.event.rawValue) \($0.to?.rawValue ?? "-")" }
            + receipts.map { "\($0.kind.rawValue) \($0.cost)" }
            + ["\(order.status.rawValue) \(order.capturedAmount) \(order.refunded)"]
            + (try await fixture.tasks()).map { "\($0.kind.rawValue) \($0.state.rawValue) \($0.attempts)" }
    }

    @Test func `every transaction of a payment has the same effect when it runs twice`() async throws {
        let once = try await walk(repeating: false)
        #expect(try await walk(repeating: true) == once)
        #expect(once.contains { $0.contains("refunded") })
    }
}
