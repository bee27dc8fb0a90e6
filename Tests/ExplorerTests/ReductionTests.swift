import PaymentCore
import PaymentSandbox
import Testing

@testable import Explorer
@testable import Simulator

/// Reductions change no verdict and no final state.
@Suite struct ReductionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let variant: Variant
        let scenario: Scenario

        init(_ description: String, _ variant: Variant = .production, _ change: (inout Scenario) -> Void) {
            testDescription = description
            self.variant = variant
            var scenario = small
            change(&scenario)
            self.scenario = scenario
        }
    }

    private static func findings(_ test: Case, _ reductions: Reductions) throws -> Findings {
        var explorer = Explorer(variant: test.variant, scenario: test.scenario)
        explorer.reductions = reductions
        let machine = try Machine(test.variant, test.scenario, reductions)
        return try explorer.search(machine, InvariantChecker(machine))
    }

    /// Small enough to explore every history.
    private static let tiny = [
        Case("one guest") { _ in },
        Case("two guests") { $0.users = 2 },
        Case("seed-v1", .seedV1) { $0.presses = 2 },
        Case("seed-v3", .seedV3) {
            $0.presses = 2
            $0.cards = ["card-decline-once"]
        },
    ]

    @Test(arguments: tiny)
    func `sleep sets and states keep every end`(_ test: Case) throws {
        let all = try Self.findings(test, [.forgetting, .memory])
        #expect(all.incomplete == nil && all.pruned == 0 && all.finalStates > 0)
        for reductions: Reductions in [[.sleepSets], [.states], [.sleepSets, .states]] {
            let reduced = try Self.findings(test, reductions.union([.forgetting, .memory]))
            #expect(reduced.endings == all.endings, "\(reductions.rawValue)")
            #expect(reduced.broken == all.broken, "\(reductions.rawValue)")
            #expect(reduced.steps <= all.steps)
        }
    }

    /// Too many histories to explore each, with faults.
    private static let larger = [
        Case("two guests, a lost answer") {
            $0.users = 2
            $0.lostAnswers = 1
        },
        Case("a crash and a duplicate") {
            $0.crashes = 1
            $0.duplicates = 1
        },
        Case("declined, then approved") {
            $0.presses = 2
            $0.cards = ["card-decline-once"]
            $0.duplicates = 1
        },
        Case("two workers") { $0.workers = 2 },
        Case("a refund") { $0.refunds = 1 },
        Case("a hold that is decided late") {
            $0.cards = ["card-3ds"]
            $0.decisions = 1
        },
        Case("seed-v1", .seedV1) {
            $0.users = 2
            $0.presses = 2
            $0.cards = ["card-decline-once"]
        },
        Case("seed-v2", .seedV2) {
            $0.presses = 2
            $0.crashes = 1
        },
        Case("seed-v3", .seedV3) {
            $0.presses = 2
            $0.cards = ["card-decline-once"]
            $0.duplicates = 1
        },
    ]

    @Test(arguments: larger)
    func `sleep sets keep every end`(_ test: Case) throws {
        let all = try Self.findings(test, [.states, .forgetting, .memory])
        let reduced = try Self.findings(test, [.states, .forgetting, .memory, .sleepSets])
        #expect(all.incomplete == nil && reduced.incomplete == nil)
        #expect(reduced.endings == all.endings)
        #expect(reduced.broken == all.broken)
    }

    /// Data is dropped from the store only: the partners' final states are the same.
    @Test(arguments: larger)
    func `forgetting keeps every verdict`(_ test: Case) throws {
        let all = try Self.findings(test, [.states, .sleepSets, .memory])
        let reduced = try Self.findings(test, [.states, .sleepSets, .forgetting, .memory])
        #expect(reduced.broken == all.broken)
        #expect(Set(reduced.endings.map(\.holdings)) == Set(all.endings.map(\.holdings)))
    }

    @Test(arguments: larger)
    func `symmetry keeps every verdict`(_ test: Case) throws {
        let all = try Self.findings(test, [.states, .sleepSets, .forgetting, .memory])
        let reduced = try Self.findings(test, .all)
        #expect(reduced.broken == all.broken)
        #expect(reduced.endings.isSubset(of: all.endings))
    }

    /// Code, SQL and partners' rules are deterministic.
    @Test(arguments: larger)
    func `memory keeps everything`(_ test: Case) throws {
        let all = try Self.findings(test, Reductions.all.subtracting(.memory))
        let reduced = try Self.findings(test, .all)
        #expect(reduced.endings == all.endings && reduced.broken == all.broken)
        #expect(reduced.steps == all.steps && reduced.pruned == all.pruned)
    }

    /// Every design and every planted bug.
    private static let designs: [Case] =
        Variant.all.map { variant in
            Case(variant.name, variant) {
                $0.presses = 2
                $0.cards = ["card-decline-once"]
                $0.duplicates = 1
            }
        }
        + PlantedBugTests.bugs.map { bug in Case(bug.testDescription, bug.variant) { $0 = bug.scenario } }

    /// Without reductions every history is gone through, where there are not too many, and else every step from every
    /// state.
    private static func unreduced(_ test: Case) throws -> Reductions {
        let count = try Explorer(variant: test.variant, scenario: test.scenario).countHistories()
        return count <= 5_000 ? [.memory] : [.states, .memory]
    }

    @Test(arguments: designs)
    func `no reduction changes what is found`(_ test: Case) throws {
        let all = try Self.findings(test, try Self.unreduced(test).union(.forgetting))
        let reduced = try Self.findings(test, [.states, .sleepSets, .forgetting, .memory])
        #expect(all.incomplete == nil && reduced.incomplete == nil && all.finalStates > 0)
        #expect(reduced.endings == all.endings)
        #expect(reduced.broken == all.broken)
        #expect(reduced.steps < all.steps)
        // Forgetting and symmetry merge final states, but no partner's side of one is lost.
        let raw = try Self.findings(test, [.states, .sleepSets, .memory])
        let symmetric = try Self.findings(test, .all)
        #expect(raw.broken == all.broken && symmetric.broken == all.broken)
        #expect(Set(raw.endings.map(\.holdings)) == Set(all.endings.map(\.holdings)))
        #expect(symmetric.endings.isSubset(of: all.endings))
    }

    @Test func `three guests take less than a tenth of their histories`() throws {
        let test = Case("three guests") { $0.users = 3 }
        let reduced = try Self.findings(test, .all)
        let count = try Explorer(scenario: test.scenario).countHistories()
        #expect(Double(reduced.schedules + reduced.pruned) * 10 < count)
    }

    /// Counting all histories without enumeration gives the same number as enumerating them.
    @Test(arguments: tiny.prefix(2))
    func `histories`(_ test: Case) throws {
        let all = try Self.findings(test, [.forgetting, .memory])
        #expect(try Explorer(scenario: test.scenario).countHistories() == Double(all.schedules))
    }

    @Test func `a bound on preemptions leaves something out`() throws {
        var explorer = Explorer(scenario: small)
        explorer.strategy = .exhaustive(preemptions: 0)
        let none = try explorer.explore().findings
        explorer.strategy = .exhaustive(preemptions: 50)
        let many = try explorer.explore().findings
        #expect(none.incomplete == "at most 0 preemptions" && many.incomplete == nil)
        #expect(none.steps < many.steps)
    }
}
