import PaymentCore
import Payments
import QueueKit
import SQLKit
import Synchronization
import TestSupport
import Testing

/// A payment continues when the queue refuses its receipt's task.
@Suite(.everyEngine) struct StagingTests {
    /// A fixture whose queue refuses tasks of a kind.
    private func fixture(refusing kind: TaskKind) async throws -> (fixture: PaymentFixture, database: any SQLDatabase) {
        let database = try await TestStore.open(Schema.migrations)
        let fixture = try await PaymentFixture(database: database)
        try await Self.refusal(of: kind).add(to: database)
        return (fixture, database)
    }

    private static func refusal(of kind: TaskKind) -> RefusingTrigger {
        RefusingTrigger(
            before: "INSERT", of: "tasks", when: "NEW.kind = '\(kind.rawValue)'", message: "the queue is full")
    }

    @Test func `the failure is recorded and the payment continues`() async throws {
        let (fixture, database) = try await fixture(refusing: .receiptFetch)
        let orderID = try await fixture.paidOrder()
        #expect(try await fixture.status(orderID) == .cleared)
        #expect(try await fixture.journal(orderID).contains(.taskNotStaged))
        let statistics = try await fixture.services.statistics(limits: .init())
        #expect(try await fixture.tasks(.receiptFetch).isEmpty, "what was refused is not staged")
        #expect(statistics.tasks.stagingFailures.total == 1 && statistics.tasks.stagingFailures.recent == 1)
        #expect(statistics.tasks.stagingFailures.lastMessage?.contains("the queue is full") == true)

        let shown = try await ReceiptBackfill(fixture.services).run(limit: 10, isDryRun: true)
        #expect(shown.map(\.orderID) == [orderID])
        let details = try await Orders(fixture.services).details(orderID)
        let waitsFor = OrderExplanation(details, settings: fixture.services.settings).waitsFor
        let unfinished =
            if case .afterPayment(let unfinished) = waitsFor { unfinished } else {
                nil as OrderExplanation.AfterPayment?
            }
        #expect(unfinished?.receiptsNeverRequested == 1, "\(waitsFor)")
        await #expect(throws: SQLError.self) {
            try await ReceiptBackfill(fixture.services).run(limit: 10, isDryRun: false)
        }
        try await Self.refusal(of: .receiptFetch).remove(from: database)
        let staged = try await ReceiptBackfill(fixture.services).run(limit: 10, isDryRun: false)
        #expect(staged.map(\.documentID) == shown.map(\.documentID))
        #expect(try await ReceiptBackfill(fixture.services).run(limit: 10, isDryRun: true).isEmpty)
        try await fixture.drain()
        #expect(try await Receipts(fixture.services).list(orderID: orderID, limit: 9).count == 1)
        #expect(try await ReceiptBackfill(fixture.services).run(limit: 10, isDryRun: true).isEmpty)
    }

    @Test func `a payment requires its settlement task`() async throws {
        let (fixture, _) = try await fixture(refusing: .paymentSettle)
        let orderID = try await fixture.newOrder()
        await #expect(throws: SQLError.self) { try await fixture.begin(orderID) }
        #expect(try await fixture.status(orderID) == .pending, "nothing of it happened")
    }

    @Test func `observers are notified`() async throws {
        let (fixture, _) = try await fixture(refusing: .receiptFetch)
        let told = Mutex<[String]>([])
        var services = fixture.services
        services.store = services.store.observed { outcome in
            guard case .done(let failures) = outcome else { return }
            told.withLock { $0 += failures.map(\.key) }
        }
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        _ = try await PaymentFixture.worker("w", services).runDue(kinds: [.paymentSettle])
        let documents = try await ReceiptBackfill(services).run(limit: 9, isDryRun: true).map(\.documentID)
        #expect(told.withLock { $0 } == documents && documents.count == 1)
    }
}
