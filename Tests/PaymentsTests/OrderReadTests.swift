import PaymentCore
import PaymentSandbox
import Payments
import QueueKit
import SQLKit
import Synchronization
import TestSupport
import Testing

/// A payment does not read its order again where it knows it.
@Suite(.everyEngine) struct OrderReadTests {
    /// Counts the queries of a table.
    private struct CountingDatabase: SQLDatabase {
        let real: any SQLDatabase
        let counter: Counter

        func read<Value: Sendable>(
            _ body: @escaping @Sendable (any SQLConnection) throws -> Value
        ) async throws -> Value {
            try await real.read { [counter] in try body(CountingConnection(real: $0, counter: counter)) }
        }

        func readImmediately<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value? {
            nil
        }

        func write<Value: Sendable>(
            _ body: @escaping @Sendable (any SQLConnection) throws -> Value
        ) async throws -> Value {
            try await real.write { [counter] in try body(CountingConnection(real: $0, counter: counter)) }
        }

        func close() async { await real.close() }
    }

    private struct CountingConnection: SQLConnection {
        let real: any SQLConnection
        let counter: Counter

        var dialect: SQLDialect { real.dialect }

        func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
            counter.note(sql)
            return try real.query(sql, parameters)
        }

        func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int { try real.execute(sql, parameters) }

        func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
            counter.note(sql)
            try real.forEachRow(sql, parameters, body)
        }

        func savepoint<Value>(_ body: () throws -> Value) throws -> Value { try real.savepoint(body) }
    }

    private final class Counter: Sendable {
        private let reads = Mutex(0)

        func note(_ sql: String) { if sql.contains("FROM orders") { reads.withLock { $0 += 1 } } }

        func count(_ body: () async throws -> Void) async rethrows -> Int {
            reads.withLock { $0 = 0 }
            try await body()
            return reads.withLock { $0 }
        }
    }

    private static func fixture() async throws -> (PaymentFixture, Counter, PaymentCompletion) {
        let counter = Counter()
        let memory = try await TestStore.open(Schema.migrations)
        let fixture = try await PaymentFixture(database: CountingDatabase(real: memory, counter: counter))
        let processes = Processes(own: "worker-1") { _ in true }
        return (fixture, counter, PaymentCompletion(fixture.services, processes: processes))
    }

    private static func request(_ orderID: String, _ card: Card) -> Payments.Request {
        Payments.Request(orderID: orderID, uid: "anna", paymentMethodID: card.rawValue)
    }

    /// Each transaction that changes the order reads it once; beside these, the task reads it at its start, the caller
    /// when it waits, and the posting of cashback to know the payer.
    @Test(arguments: [
        (Card.approve, OrderStatus.cleared, reads: 6), (.decline, .holdFailed, reads: 4),
    ])
    func `one payment`(card: Card, status: OrderStatus, reads: Int) async throws {
        let (fixture, counter, completion) = try await Self.fixture()
        let orderID = try await fixture.newOrder()
        let found = try await counter.count {
            let begun = try await Payments(fixture.services).begin(Self.request(orderID, card))
            let outcome = try await completion.payment(begun, withinSeconds: 30)
            #expect(outcome.order.status == status && (outcome.declined == nil) == (status == .cleared))
        }
        #expect(found <= reads, "begun 1, task 1, hold 1, clear 1, outcome 1, cashback 1")
    }

    @Test func `one refund`() async throws {
        let (fixture, counter, completion) = try await Self.fixture()
        let orderID = try await fixture.paidOrder()
        try await fixture.settle()
        let found = try await counter.count {
            let begun = try await Payments(fixture.services).refund(
                Payments.RefundRequest(orderID: orderID, amount: rub(2_000), reason: "cold soup"), actor: .support)
            let outcome = try await completion.refund(begun, withinSeconds: 30)
            #expect(outcome.operation.status == .succeeded && outcome.order.refunded == rub(2_000))
        }
        #expect(found <= 4, "begun 1, refund 1, outcome 1, cashback 1")
    }

    @Test func `what is applied is returned with the order it left behind`() async throws {
        let (fixture, _, _) = try await Self.fixture()
        let orderID = try await fixture.newOrder()
        let begun = try await Payments(fixture.services).begin(Self.request(orderID, .approve))
        let invoiceID = try #require(begun.edaOrderID)
        func apply(
            _ number: Int, _ kind: PaymentOperation.Kind, _ status: PaymentOperation.Status, of invoice: String
        ) async throws -> Payments.Applied {
            try await Payments(fixture.services).apply(
                PaymentOperation(number: number, kind: kind, amount: begun.amount, status: status),
                invoiceID: invoice)
        }
        let cases: [(String, Int, PaymentOperation.Kind, PaymentOperation.Status, OrderStatus?, Payments.Effect)] = [
            ("pending", 1, .hold, .pending, nil, .ignored("pending")),
            ("another invoice", 1, .hold, .succeeded, nil, .ignored("unknown_operation")),
            ("an unknown operation", 9, .clear, .succeeded, .holding, .ignored("unknown_operation")),
            ("the hold", 1, .hold, .succeeded, .held, .applied),
            ("the hold again", 1, .hold, .succeeded, .held, .duplicate),
            ("a hint", 2, .clear, .failed, .held, .ignored("to_be_confirmed")),
            ("the clear", 2, .clear, .succeeded, .cleared, .applied),
            ("a contradiction", 2, .clear, .failed, .cleared, .ignored("contradicts_what_is_known")),
        ]
        for (name, number, kind, status, expected, effect) in cases {
            let invoice = name == "another invoice" ? "elsewhere" : invoiceID
            let applied = try await apply(number, kind, status, of: invoice)
            #expect(applied.effect == effect, "\(name)")
            #expect(applied.order?.status == expected, "\(name)")
            guard let order = applied.order else { continue }
            #expect(try await Orders(fixture.services).order(orderID) == order, "\(name)")
        }
    }
}
