import PaymentCore
import PaymentPartners
import PaymentSandbox
import Testing
import WorldKit

@Suite struct CashbackModelTests {
    static func entry(_ key: String, order: String = "o", amount: Int64 = 100) -> CashbackEntry {
        CashbackEntry(
            key: key, orderID: order, uid: "u", kind: .accrual, amount: Money(minorUnits: amount, currency: .rub))
    }

    static func instant(_ seconds: Int64) -> Instant { Instant(microseconds: (1_767_225_600 + seconds) * 1_000_000) }

    @Test func `a key is one entry`() throws {
        var model = CashbackModel()
        let first = try model.post(Self.entry("k"), now: Self.instant(0))
        #expect(try model.post(Self.entry("k"), now: Self.instant(9)) == first)
        for other in [Self.entry("k", amount: 101), Self.entry("k", order: "p")] {
            let error = #expect(throws: PartnerRefusal.self) { try model.post(other, now: Self.instant(0)) }
            #expect(error?.code == "key_reused")
        }
        #expect(throws: PartnerRefusal.self) { try model.post(Self.entry("z", amount: 0), now: Self.instant(0)) }
        #expect(throws: PartnerRefusal.self) { try model.post(Self.entry(""), now: Self.instant(0)) }
        #expect(model.rows.count == 1)
    }

    @Test(arguments: [1, 2, 3, 100])
    func `pages cover everything once`(limit: Int) throws {
        var model = CashbackModel()
        for index in 0..<7 {
            _ = try model.post(
                Self.entry("k\(index)", order: index == 3 ? "p" : "o"), now: Self.instant(Int64(index / 2)))
        }
        var keys: [String] = []
        var cursor: String?
        repeat {
            let page = model.page(orderID: "o", since: nil, until: nil, cursor: cursor, limit: limit)
            #expect(page.entries.count <= limit)
            keys += page.entries.map(\.key)
            cursor = page.nextCursor
        } while cursor != nil
        #expect(keys == ["k0", "k1", "k2", "k4", "k5", "k6"])
    }

    @Test func `since is inclusive, until is not`() throws {
        var model = CashbackModel()
        for second in 0..<4 { _ = try model.post(Self.entry("k\(second)"), now: Self.instant(Int64(second))) }
        let page = model.page(
            orderID: nil, since: Self.instant(1), until: Self.instant(3), cursor: nil, limit: 10)
        #expect(page.entries.map(\.key) == ["k1", "k2"])
    }

    @Test func `entries can be tampered with`() throws {
        var model = CashbackModel()
        var row = try model.post(Self.entry("k"), now: Self.instant(0)).row()
        row.entry.amount.minorUnits = 7
        model.tamper(row)
        #expect(model.rows[row.id]?.amount == "0.07")
        #expect(model.remove(id: row.id) && !model.remove(id: row.id))
    }
}
