import Payments
import Testing

@Suite struct RequestKeyTests {
    private func kept(_ names: [String], in fixture: PaymentFixture) async throws -> [String] {
        try await fixture.services.store.read { transaction in
            try names.filter { try transaction.requestKeys.record(scope: "s", key: $0) != nil }
        }
    }

    private func send(_ name: String, to fixture: PaymentFixture) async throws {
        let key = try RequestKey(name, scope: "s", body: [])
        _ = try await Preorders(fixture.services).create(PaymentFixture.bill("bill-\(name)"), key: key)
    }

    @Test func `new keys delete expired ones`() async throws {
        let fixture = try await PaymentFixture()
        let old = (0..<6).map { "old\($0)" }
        for name in old {
            try await send(name, to: fixture)
            fixture.clock.advance(bySeconds: 1)
        }
        fixture.clock.advance(bySeconds: RequestKey.retentionSeconds - 10)
        try await send("young", to: fixture)
        #expect(try await kept(old, in: fixture) == old, "within the seven days all stay")
        fixture.clock.advance(bySeconds: 60)
        try await send("next", to: fixture)
        #expect(try await kept(old, in: fixture) == ["old4", "old5"], "the oldest go first, a few at a time")
        try await send("last", to: fixture)
        #expect(try await kept(old + ["young", "next", "last"], in: fixture) == ["young", "next", "last"])
    }
}
