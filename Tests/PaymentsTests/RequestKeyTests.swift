import Payments
import Testing

@Suite struct RequestKeyTests {
    private func kept(_ names: [String], in till: Till) async throws -> [String] {
        try await till.services.store.read { transaction in
            try names.filter { try transaction.requestKeys.record(scope: "s", key: $0) != nil }
        }
    }

    private func send(_ name: String, to till: Till) async throws {
        let key = try RequestKey(name, scope: "s", body: [])
        _ = try await Preorders(till.services).create(Till.bill("bill-\(name)"), key: key)
    }

    @Test func `new keys delete expired ones`() async throws {
        let till = try await Till()
        let old = (0..<6).map { "old\($0)" }
        for name in old {
            try await send(name, to: till)
            till.clock.advance(bySeconds: 1)
        }
        till.clock.advance(bySeconds: RequestKey.retentionSeconds - 10)
        try await send("young", to: till)
        #expect(try await kept(old, in: till) == old, "within the seven days all stay")
        till.clock.advance(bySeconds: 60)
        try await send("next", to: till)
        #expect(try await kept(old, in: till) == ["old4", "old5"], "the oldest go first, a few at a time")
        try await send("last", to: till)
        #expect(try await kept(old + ["young", "next", "last"], in: till) == ["young", "next", "last"])
    }
}
