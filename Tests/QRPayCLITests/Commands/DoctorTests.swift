import Glibc
import TestSupport
import Testing

/// What is checked before anybody looks for other reasons.
@Suite struct DoctorTests {
    private func verdicts(_ run: CommandRun) throws -> [String: String] {
        var verdicts: [String: String] = [:]
        for finding in try run.json().elements {
            #expect(Set(finding.fields.keys) == ["check", "verdict", "message", "advice"], "\(run)")
            #expect((finding["verdict"] == "ok") == (finding["advice"] == nil), "\(run)")
            verdicts[finding["check"].text ?? ""] = finding["verdict"].text
        }
        return verdicts
    }

    @Test func everythingInPlace() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            let run = await stage.qrpay("doctor", "--json")
            #expect(run.status == 0, "\(run)")
            #expect(try verdicts(run).values.allSatisfy { $0 == "ok" }, "\(run)")
            let text = await stage.qrpay("doctor")
            #expect(text.rows.allSatisfy { $0.count == 4 && $0[0] == "ok" }, "\(text)")
        }
    }

    @Test func nothingIsMade() async throws {
        try await Stage.run { stage async throws in
            #expect(await stage.qrpay("doctor").status == 0)
            #expect(access(stage.store, F_OK) != 0 && access(stage.directory.file("deeplink-keys.json"), F_OK) != 0)
        }
    }

    @Test func whatIsWrongIsNamed() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            let down = await stage.qrpay(
                ["doctor", "--json"], environment: ["QRPAY_PARTNERS_URL": "http://127.0.0.1:1"])
            #expect(try down.status == 0 && verdicts(down)["transactions"] == "warning", "\(down)")

            try #require(chmod(stage.directory.file("deeplink-keys.json"), 0o644) == 0)
            let open = await stage.qrpay("doctor", "--json")
            #expect(try open.status == 1 && verdicts(open)["deeplink keys"] == "failed", "\(open)")

            let garbage = try stage.file("garbage.db", String(repeating: "garbage ", count: 1000))
            let store = await stage.qrpay("doctor", "--json", "--store", garbage)
            #expect(try store.status == 6 && verdicts(store)["store"] == "failed", "\(store)")

            let typo = try stage.file("typo.json", #"{"stroe": 1}"#)
            let config = await stage.qrpay("doctor", "--json", "--config", typo)
            #expect(try config.status == 1 && verdicts(config)["configuration"] == "failed", "\(config)")
        }
    }
}
