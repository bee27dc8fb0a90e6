import EncodingKit
import PaymentCore
import PaymentPartners
import Testing

@testable import Explorer

/// Two steps that their footprints declare independent commute: both orders are possible and lead to the same state.
///
/// Nothing is cached, so that every step runs its SQL on the store.
@Suite struct IndependenceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let scenario: Scenario
        var variant = Variant.production

        init(_ description: String, _ variant: Variant = .production, _ change: (inout Scenario) -> Void) {
            testDescription = description
            self.variant = variant
            var scenario = Scenario()
            change(&scenario)
            self.scenario = scenario
        }
    }

    private static let cases = [
        Case("two guests, two workers") { $0.workers = 2 },
        Case("a refund, a lost answer, a duplicate") {
            ($0.refunds, $0.lostAnswers, $0.duplicates, $0.workers) = (1, 1, 1, 2)
        },
        Case("a slow card, decisions, crashes") {
            $0.cards = ["card-slow", "card-approve"]
            ($0.decisions, $0.crashes, $0.workers) = (2, 1, 2)
        },
        Case("lost requests and pauses") { ($0.lostQuestions, $0.pauses, $0.workers) = (1, 1, 2) },
        Case("seed-v2", .seedV2) { $0.crashes = 1 },
    ]

    private struct Result {
        /// Pairs declared independent.
        var pairs = 0
        /// Those that do not commute.
        var conflicts: [String] = []
    }

    /// Walks at random and checks every pair of steps declared independent on the way.
    private static func check(
        _ test: Case, walks: Int, isIndependent: (Footprint, Footprint) -> Bool
    ) throws -> Result {
        let machine = try Machine(test.variant, test.scenario, [.forgetting])
        var random = SplitMix64(state: 7)
        var result = Result()
        for _ in 0..<walks {
            var state = machine.start
            for _ in 0..<40 {
                let steps = machine.steps(from: state)
                guard let next = steps.randomElement(using: &random) else { break }
                try check(steps, from: state, machine, isIndependent, &result)
                state = try machine.execute(next, from: state).state
            }
        }
        return result
    }

    private static func check(
        _ steps: [Step], from state: State, _ machine: Machine, _ isIndependent: (Footprint, Footprint) -> Bool,
        _ result: inout Result
    ) throws {
        let taken = try steps.map { try machine.execute($0, from: state) }
        for first in steps.indices {
            for second in steps.indices.dropFirst(first + 1)
            where steps[first].actor != steps[second].actor
                && isIndependent(taken[first].footprint, taken[second].footprint)
            {
                result.pairs += 1
                let (one, other) = (steps[first], steps[second])
                if try !commute(one, other, after: (taken[first].state, taken[second].state), machine) {
                    result.conflicts.append("\(one), \(other)")
                }
            }
        }
    }

    /// Whether each step is possible after the other one, and both orders lead to the same state.
    private static func commute(
        _ one: Step, _ other: Step, after states: (one: State, other: State), _ machine: Machine
    ) throws -> Bool {
        guard machine.steps(from: states.one).contains(other), machine.steps(from: states.other).contains(one) else {
            return false
        }
        let there = try machine.execute(other, from: states.one).state
        let back = try machine.execute(one, from: states.other).state
        return there == back && machine.store.content(there.store).digest == machine.store.content(back.store).digest
    }

    @Test(arguments: cases)
    func `independent steps commute`(_ test: Case) throws {
        let result = try Self.check(test, walks: 4) { $0.isIndependent(of: $1) }
        #expect(result.pairs > 20, "\(result.pairs)")
        #expect(result.conflicts.isEmpty, "\(result.conflicts.prefix(3))")
    }

    /// A footprint that lacks the writes to one table or partner is noticed.
    @Test func `a wrong footprint is noticed`() throws {
        let tables = try StoreVersions(forgets: true).schema.tables
        func bit(_ table: StoreTable) -> UInt64 { 1 << UInt64(tables.firstIndex(of: table) ?? 63) }
        let partners = ((1 as UInt64) << UInt64(Partner.allCases.count) - 1) << UInt64(Footprint.tableLimit)
        let forgotten: [(name: String, test: Case, bits: UInt64)] = [
            ("tasks", Self.cases[0], bit(.tasks)),
            ("a payment's tables", Self.cases[0], bit(.orders) | bit(.operations) | bit(.tasks) | bit(.journal)),
            ("partners", Self.cases[2], partners),
        ]
        for (name, test, bits) in forgotten {
            let result = try Self.check(test, walks: 4) { one, other in
                Footprint(reads: one.reads, writes: one.writes & ~bits)
                    .isIndependent(of: Footprint(reads: other.reads, writes: other.writes & ~bits))
            }
            #expect(!result.conflicts.isEmpty, "\(name): \(result.pairs) pairs")
        }
    }
}
