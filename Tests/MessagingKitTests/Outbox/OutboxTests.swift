import MessagingKit
import SQLKit
import SQLiteEngine
import Testing
import WorldKit

@Suite struct OutboxTests {
    @Test func `a message is added once, however often its handler runs`() async throws {
        let now = Instant(microseconds: 1_700_000_000_000_000)
        let database = try await SQLiteDatabase.open(
            .memory, migrations: [SQLMigration(version: 1, name: "outbox", sql: Outbox.table)])
        let message = Message(
            id: "billing:payment-1:0", type: "Billing/PaymentCreated", key: "account-1", correlationID: "c-1",
            time: now,
            body: Array("{}".utf8))
        for _ in 0..<2 {
            try await database.write { try Outbox($0).append([message], to: "ordering", at: now) }
        }
        let rows = try await database.read { try $0.query("SELECT * FROM outbox") }
        #expect(rows.count == 1)
        #expect(try rows[0].text("state") == "unsent")
        #expect(try rows[0].text("type") == "Billing/PaymentCreated")
    }
}
