import JSONKit
import Testing

@testable import PaymentCore

@Suite struct AuditBaselineTests {
    private static func finding(_ id: String, accrued: Int64) -> CashbackAudit.Finding {
        CashbackAudit.Finding(
            id: id, findingClass: .missing, orderID: "o", due: rub(3_000), accrued: MoneySum(rub(accrued)),
            clawedBack: MoneySum(rub(0)), explanation: "")
    }

    @Test func `accepted findings are read back`() throws {
        var baseline = AuditBaseline()
        for (id, accrued) in [("missing:a", 0), ("duplicate:b:cb-1", 6_000), ("missing:a", 1_000)] as [(String, Int64)]
        {
            baseline.accept(.init(Self.finding(id, accrued: accrued), reason: "«ticket» \"7\"", at: .zero))
        }
        #expect(baseline.acceptances.map(\.findingID) == ["missing:a", "duplicate:b:cb-1"])
        #expect(baseline.acceptances.map(\.difference) == ["-20.00 RUB", "30.00 RUB"])
        #expect(baseline.acceptances.map(\.orderID) == ["a", "b"])
        #expect(try AuditBaseline(json: Array(baseline.json.utf8)) == baseline)
    }

    @Test func `only an unchanged difference is accepted`() throws {
        let text = """
            [{"id": "missing:a", "difference": "-30.00 RUB", "reason": "known"},
             {"id": "missing:b", "reason": "whatever it is"},
             {"id": "missing:c", "difference": "-1.00 RUB", "reason": "a kopeck"},
             {"id": "missing:gone", "reason": "once"}]
            """
        var check = BaselineCheck(try AuditBaseline(json: Array(text.utf8)))
        #expect(check.judge(Self.finding("missing:a", accrued: 0)) == .accepted)
        #expect(check.judge(Self.finding("missing:b", accrued: 7)) == .accepted)
        guard case .changed(let acceptance) = check.judge(Self.finding("missing:c", accrued: 0)) else {
            Issue.record("another difference was accepted")
            return
        }
        #expect(acceptance.difference == "-1.00 RUB")
        #expect(check.judge(Self.finding("missing:d", accrued: 0)) == .open)
        #expect(check.unmatched.map(\.findingID) == ["missing:gone"])
    }

    @Test(
        arguments: [
            ("no JSON", "[", "not valid JSON"), ("no array", "{}", "not a JSON array"),
            ("no object", "[1]", "[0]: not an object"),
            ("no id", #"[{"reason":"x"}]"#, "id is missing"), ("no reason", #"[{"id":"a"}]"#, "reason is missing"),
            ("a blank reason", #"[{"id":"a","reason":" "}]"#, "must be non-blank text"),
            ("a misspelt field", #"[{"id":"a","reson":"x"}]"#, "\"reson\" is not a field"),
            ("an id twice", #"[{"id":"a","reason":"x"},{"id":"a","reason":"y"}]"#, "[1]: \"a\" is accepted twice"),
            ("a number", #"[{"id":7,"reason":"x"}]"#, "id must be non-blank text"),
        ])
    func `refused`(name: String, text: String, words: String) {
        let error = #expect(throws: AuditBaseline.Flaw.self) { try AuditBaseline(json: Array(text.utf8)) }
        #expect(error?.message.contains(words) == true, "\(name): \(error?.message ?? "")")
    }
}
