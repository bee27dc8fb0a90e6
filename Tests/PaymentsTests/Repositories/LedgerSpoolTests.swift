import PaymentCore
import Payments
import Testing
import WorldKit

@Suite struct LedgerSpoolTests {
    private func row(_ id: String, _ orderID: String, at seconds: Int64) -> CashbackLedgerRow {
        CashbackLedgerRow(
            id: id, entry: CashbackEntry(key: "k", orderID: orderID, uid: "anna", kind: .clawback, amount: rub(-7)),
            at: Instant(microseconds: seconds * 1_000_000))
    }

    @Test func `rows are found by order, oldest first`() async throws {
        let spool = try await LedgerSpool.open()
        let rows = [row("c", "o1", at: 3), row("b", "o2", at: 1), row("a", "o1", at: 1), row("a", "o1", at: 1)]
        try await spool.append(rows, isOurs: [true, true, true, true])
        try await spool.index()
        #expect(try await spool.rows(of: ["o2", "none", "o1"]) == [[rows[1]], [], [rows[2], rows[3], rows[0]]])
        #expect(try await spool.unknownOrderIDs(after: "", limit: 10).isEmpty)
        await spool.close()
    }

    @Test func `unknown order ids are returned page by page`() async throws {
        let spool = try await LedgerSpool.open()
        // The Kelvin sign is not a K, although Swift's strings treat them as equal.
        let rows = ["s3", "K", "\u{212A}", "s1", "s1", "s2"].map { row("x", $0, at: 0) }
        try await spool.append(rows, isOurs: [false, true, false, false, false, false])
        try await spool.index()
        var found: [String] = []
        while let page = try await Optional(spool.unknownOrderIDs(after: found.last ?? "", limit: 2)), !page.isEmpty {
            found += page
        }
        #expect(found == ["s1", "s2", "s3", "\u{212A}"])
        #expect(try await spool.rows(of: ["K"]).map(\.count) == [1])
        await spool.close()
    }
}
