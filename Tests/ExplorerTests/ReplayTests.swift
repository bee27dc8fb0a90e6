import PaymentCore
import Testing

@testable import Explorer
@testable import Simulator

@Suite struct ReplayTests {
    private static func violation(_ variant: Variant = .seedV2NonIdempotent) throws -> Violation {
        var scenario = Scenario()
        scenario.crashes = 1
        return try #require(try Explorer(variant: variant, scenario: scenario).explore().violations.last)
    }

    @Test(arguments: [Variant.seedV1.name, Variant.seedV2NonIdempotent.name, Variant.seedV3.name])
    func `a token follows its history again`(_ name: String) throws {
        var scenario = Scenario()
        scenario.crashes = 1
        let variant = try #require(Variant.named(name))
        for violation in try Explorer(variant: variant, scenario: scenario).explore().violations {
            let token = try Token(text: violation.token)
            #expect(token.text == violation.token)
            let again = try token.replay()
            #expect(again.history.moments == violation.history.moments)
            #expect(again.history.broken == violation.history.broken)
        }
    }

    @Test func `the same search finds the same`() throws {
        let (one, other) = (try Self.violation(), try Self.violation())
        #expect(one.token == other.token)
    }

    @Test func `a saved history is followed again`() throws {
        let violation = try Self.violation()
        let again = try SavedHistory(violation).replay()
        #expect(again.history.moments == violation.history.moments)
    }

    @Test func `a saved history is a scenario too`() throws {
        let violation = try Self.violation()
        let json = Array(try ScenarioFile(violation).json.utf8)
        #expect(try SavedHistory(json: json) == SavedHistory(violation))
        let scenario = try ScenarioFile(json: json)
        let presses = violation.history.moments.count { if case .press? = $0.act { true } else { false } }
        let steps = scenario.steps.flatMap { $0.branches.isEmpty ? [$0] : $0.branches.flatMap(\.self) }
        #expect(presses > 0 && steps.count { $0.kind == .pay } == presses)
        #expect(steps.first?.kind == .bill && steps.last?.kind == .quiet)
    }

    @Test func `a history with a different effect is refused`() throws {
        var saved = try SavedHistory(try Self.violation())
        saved.steps[1] = "guest-1: does something else"
        #expect {
            try saved.replay()
        } throws: {
            if case .changed(2, "guest-1: does something else", _)? = $0 as? ReplayError { true } else { false }
        }
    }

    @Test func `a token of different code is refused`() throws {
        var token = try Token(text: try Self.violation().token)
        token.checksum &+= 1
        #expect(throws: ReplayError.changedSomewhere) { try token.replay() }
        token.choices[0] = 99
        #expect(throws: ReplayError.changed(number: 1, was: nil, now: nil)) { try token.replay() }
    }

    @Test(arguments: [
        "", "qx1-", "qx1-!!", "qx1-AQ8", "qx2-AQ8CAgEAAAAAAAAAAgIACAAAAAAAAAEBPs6VWg", "qx1-_w8CAgEAAAAAAAAAAgIACAAA",
        "qx1-AQ8CAgEAAAAAAAAAAgIACAAAAAAAAAEBPs6VWgAA", "qx1-AQ__________________________________________",
        "qx1-AQ9jAgEAAAAAAAAAAgIACAAAAAAAAAEBPs6VWg",
    ])
    func `invalid tokens are refused`(_ text: String) {
        #expect {
            try Token(text: text)
        } throws: {
            if case .notAToken? = $0 as? ReplayError { true } else { false }
        }
    }
}
