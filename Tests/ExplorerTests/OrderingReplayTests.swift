import JSONKit
import OrderingCore
import Testing

@testable import Explorer

@Suite struct OrderingReplayTests {
    private static func violation() throws -> OrderingViolation {
        var scenario = OrderingVariant.ackFirst.scenario
        scenario.presses = 1
        return try #require(
            try OrderingExplorer(variant: .ackFirst, scenario: scenario).explore().violations.first)
    }

    @Test func `the same search finds the same`() throws {
        #expect(try Self.violation().token == Self.violation().token)
    }

    @Test func `a saved history is followed again`() throws {
        let violation = try Self.violation()
        let saved = try SavedOrderingHistory(violation)
        #expect(try SavedOrderingHistory(json: Array(try JSON.encode(saved.json))) == saved)
        let again = try saved.replay()
        #expect(again.history.moments == violation.history.moments)
        #expect(again.history.broken == violation.history.broken)
    }

    @Test func `a history with a different effect is refused`() throws {
        var saved = try SavedOrderingHistory(try Self.violation())
        saved.steps[1] = "order: does something else"
        #expect {
            try saved.replay()
        } throws: {
            if case .changed(2, "order: does something else", _)? = $0 as? ReplayError { true } else { false }
        }
    }

    @Test func `a token of different code is refused`() throws {
        var token = try OrderingToken(text: try Self.violation().token)
        #expect(try OrderingToken(text: token.text) == token)
        token.checksum &+= 1
        #expect(throws: ReplayError.changedSomewhere) { try token.replay() }
        token.choices[0] = 99
        #expect(throws: ReplayError.changed(number: 1, was: nil, now: nil)) { try token.replay() }
    }

    @Test(arguments: ["", "qo1-", "qo1-!!", "qo1-AQ8", "qx1-AD8AAAECAQAAAAAAAAABAAEA", "qo1-_z8DAAECAQAAAQEAAAEAAAA"])
    func `invalid tokens are refused`(_ text: String) {
        #expect {
            try OrderingToken(text: text)
        } throws: {
            if case .notAToken? = $0 as? ReplayError { true } else { false }
        }
    }

    @Test func `numbers outside their limits are refused`() throws {
        let token = try OrderingToken(text: try Self.violation().token)
        for (place, number) in [(0, 4), (1, 3), (2, 0), (3, 0), (5, 10), (13, 2), (14, 12)] {
            var writer = TokenWriter([0, 63])
            for (other, kept) in token.scenario.numbers.enumerated() { writer.append(other == place ? number : kept) }
            writer.append(list: [])
            #expect(throws: ReplayError.self) {
                try OrderingToken(text: writer.text(OrderingToken.prefix, checksum: 0))
            }
        }
    }
}
