import PaymentCore
import Payments
import SQLKit
import SQLiteEngine
import Synchronization
import Testing

/// A payment continues when the queue refuses its receipt's task.
@Suite struct StagingTests {
    /// A till whose queue refuses tasks of a kind.
    private func till(refusing kind: TaskKind) async throws -> (till: Till, database: SQLiteDatabase) {
        let database = try await SQLiteDatabase.open(.memory, migrations: Schema.migrations)
        let till = try await Till(database: database)
        try await database.write { connection in
            try connection.execute(
                """
                CREATE TRIGGER refuse BEFORE INSERT ON tasks WHEN NEW.kind = '\(kind.rawValue)'
                BEGIN SELECT RAISE(ABORT, 'the queue is full'); END
                """)
        }
        return (till, database)
    }

    @Test func `the failure is recorded and the payment continues`() async throws {
        let (till, database) = try await till(refusing: .receiptFetch)
        let orderID = try await till.paidOrder()
        #expect(try await till.status(orderID) == .cleared)
        #expect(try await till.journal(orderID).contains(.taskNotStaged))
        let statistics = try await Tasks(till.services).statistics(limits: .init())
        #expect(try await till.tasks(.receiptFetch).isEmpty, "what was refused is not staged")
        #expect(statistics.stagingFailures.total == 1 && statistics.stagingFailures.recent == 1)
        #expect(statistics.stagingFailures.lastMessage?.contains("the queue is full") == true)

        let shown = try await ReceiptBackfill(till.services).run(limit: 10, isDryRun: true)
        #expect(shown.map(\.orderID) == [orderID])
        let details = try await Orders(till.services).details(orderID)
        let waitsFor = OrderExplanation(details, settings: till.services.settings).waitsFor
        #expect(waitsFor.contains("a receipt was never requested: qrpay task backfill"), "\(waitsFor)")
        await #expect(throws: SQLError.self) {
            try await ReceiptBackfill(till.services).run(limit: 10, isDryRun: false)
        }
        try await database.write { try $0.execute("DROP TRIGGER refuse") }
        let staged = try await ReceiptBackfill(till.services).run(limit: 10, isDryRun: false)
        #expect(staged.map(\.documentID) == shown.map(\.documentID))
        #expect(try await ReceiptBackfill(till.services).run(limit: 10, isDryRun: true).isEmpty)
        try await till.drain()
        #expect(try await Receipts(till.services).list(orderID: orderID, limit: 9).count == 1)
        #expect(try await ReceiptBackfill(till.services).run(limit: 10, isDryRun: true).isEmpty)
    }

    @Test func `a payment requires its settlement task`() async throws {
        let (till, _) = try await till(refusing: .paymentSettle)
        let orderID = try await till.newOrder()
        await #expect(throws: SQLError.self) { try await till.begin(orderID) }
        #expect(try await till.status(orderID) == .pending, "nothing of it happened")
    }

    @Test func `observers are notified`() async throws {
        let (till, _) = try await till(refusing: .receiptFetch)
        let told = Mutex<[String]>([])
        var services = till.services
        services.store = services.store.observed { outcome in
            guard case .done(let failures) = outcome else { return }
            told.withLock { $0 += failures.map(\.key) }
        }
        let orderID = try await till.newOrder()
        try await till.begin(orderID)
        _ = try await Till.worker("w", services).runDue(kinds: [.paymentSettle])
        let documents = try await ReceiptBackfill(services).run(limit: 9, isDryRun: true).map(\.documentID)
        #expect(told.withLock { $0 } == documents && documents.count == 1)
    }
}
