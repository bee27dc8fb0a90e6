import EncodingKit
import Ordering
import OrderingCore
import Testing

@testable import Explorer

/// Reductions change no verdict and no final state of the ordering system.
@Suite struct OrderingReductionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let variant: OrderingVariant
        let scenario: OrderingScenario

        init(
            _ description: String, _ style: StyleName, _ variant: OrderingVariant = .production,
            _ change: (inout OrderingScenario) -> Void = { _ in }
        ) {
            testDescription = "\(variant.name), \(style.rawValue): \(description)"
            self.variant = variant
            var scenario = OrderingScenario(style: style)
            scenario.presses = 1
            change(&scenario)
            self.scenario = scenario
        }
    }

    private static let cases: [Case] =
        StyleName.allCases.map { Case("one order", $0) }
        + StyleName.allCases.map { Case("a crash", $0) { $0.crashes = 1 } }
        + [
            Case("two presses", .http) { $0.presses = 2 },
            Case("two presses under a key", .hybrid) { ($0.presses, $0.repetition) = (2, .key) },
            Case("a duplicate", .collaboration) { $0.duplicates = 1 },
            Case("a lost confirm", .hybrid) { $0.lostConfirms = 1 },
            Case("a lost answer", .http) { $0.lostAnswers = 1 },
            Case("no account yet", .hybrid) { $0.early = 1 },
            Case("a crash", .collaboration, .ackFirst) { $0.crashes = 1 },
            Case("a crash", .hybrid, .noOutbox) { $0.crashes = 1 },
            Case("a crash", .http, .httpNaive) { $0.crashes = 1 },
            Case("a duplicate", .hybrid, .noInbox) { ($0.duplicates, $0.balance) = (1, 2) },
        ]

    private static func findings(
        _ test: Case, _ reductions: Reductions
    ) throws -> SearchFindings<OrderingChecker> {
        let machine = try OrderingMachine(test.variant, test.scenario, reductions)
        return try OrderingChecker(machine).search(
            machine, .exhaustive(preemptions: nil), reductions, isOver: { _ in nil })
    }

    /// A history that violates an invariant is not followed to its end, so that only others have ends to compare.
    private func expectSame(
        _ reduced: SearchFindings<OrderingChecker>, _ all: SearchFindings<OrderingChecker>,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(reduced.broken == all.broken, sourceLocation: sourceLocation)
        #expect(reduced.endings == all.endings || !all.broken.isEmpty, sourceLocation: sourceLocation)
    }

    @Test(arguments: cases)
    func `sleep sets keep every end`(_ test: Case) throws {
        let all = try Self.findings(test, Reductions.ordering.subtracting(.sleepSets))
        let reduced = try Self.findings(test, .ordering)
        #expect(all.incomplete == nil && all.finalStates > 1)
        expectSame(reduced, all)
        #expect(reduced.steps <= all.steps)
    }

    /// Code and SQL are deterministic.
    @Test(arguments: cases.prefix(8))
    func `memory keeps everything`(_ test: Case) throws {
        let all = try Self.findings(test, Reductions.ordering.subtracting(.memory))
        let reduced = try Self.findings(test, .ordering)
        expectSame(reduced, all)
        #expect(reduced.steps == all.steps)
    }

    /// Few enough to take every effect by itself: what others could do between a claim, its effect and its record.
    private static let tiny: [Case] =
        [StyleName.http, .collaboration, .hybrid].map { Case("one order", $0) }
        + [
            Case("two presses", .http) { $0.presses = 2 },
            Case("a crash", .http) { $0.crashes = 1 },
            Case("a lost answer", .http) { $0.lostAnswers = 1 },
            Case("a crash", .http, .httpNaive) { $0.crashes = 1 },
        ]

    @Test(arguments: tiny)
    func `atomicity keeps every end`(_ test: Case) throws {
        let all = try Self.findings(test, Reductions.ordering.subtracting([.atomicity, .repetitions]))
        let reduced = try Self.findings(test, .ordering)
        #expect(all.incomplete == nil && reduced.incomplete == nil)
        expectSame(reduced, all)
        #expect(reduced.steps <= all.steps)
    }

    /// A sample of histories, effect by effect and with every fault, ends where the reduced search ends.
    @Test(arguments: StyleName.allCases)
    func `no history ends elsewhere`(_ style: StyleName) throws {
        let test = Case("every fault", style) {
            ($0.duplicates, $0.lostConfirms, $0.crashes, $0.balance) = (1, 1, 1, style == .events ? 1 : 0)
        }
        let reduced = try Self.findings(test, .ordering)
        #expect(reduced.incomplete == nil && reduced.broken.isEmpty)
        let machine = try OrderingMachine(test.variant, test.scenario, [.forgetting, .memory])
        for strategy in [
            SearchStrategy.random(seed: 3, limit: 60), .priorities(seed: 3, depth: 3, limit: 60),
        ] {
            let walks = try OrderingChecker(machine).search(
                machine, strategy, [.forgetting, .memory], isOver: { _ in nil })
            #expect(walks.broken.isEmpty && walks.endings.subtracting(reduced.endings).isEmpty)
            #expect(walks.finalStates > 1)
        }
    }

    @Test(arguments: cases)
    func `repetitions that change nothing keep every end`(_ test: Case) throws {
        let all = try Self.findings(test, Reductions.ordering.subtracting(.repetitions))
        let reduced = try Self.findings(test, .ordering)
        #expect(all.incomplete == nil && reduced.incomplete == nil)
        expectSame(reduced, all)
        #expect(reduced.steps <= all.steps)
    }

    @Test(arguments: cases)
    func `forgetting keeps every verdict`(_ test: Case) throws {
        let all = try Self.findings(test, Reductions.ordering.subtracting(.forgetting))
        let reduced = try Self.findings(test, .ordering)
        #expect(all.incomplete == nil && reduced.broken == all.broken)
        #expect(reduced.steps <= all.steps)
    }

    @Test func `users who differ in their names only begin in turn`() throws {
        let test = Case("two users", .http) { $0.users = 2 }
        let all = try Self.findings(test, Reductions.ordering.subtracting(.symmetry))
        let reduced = try Self.findings(test, .ordering)
        #expect(reduced.broken == all.broken && reduced.endings.isSubset(of: all.endings))
        #expect(reduced.steps < all.steps)
    }

    // MARK: Independence

    /// Two steps that their footprints declare independent commute: both orders are possible and lead to the same
    /// state. Nothing is cached, so that every step runs its SQL.
    @Test(arguments: StyleName.allCases)
    func `independent steps commute`(_ style: StyleName) throws {
        var scenario = OrderingScenario.standard
        (scenario.style, scenario.lostAnswers, scenario.users) = (style, 1, 2)
        let machine = try OrderingMachine(.production, scenario, [.forgetting, .atomicity])
        var random = SplitMix64(state: 7)
        var pairs = 0
        for _ in 0..<4 {
            var state = machine.start
            for _ in 0..<40 {
                let steps = machine.steps(from: state)
                guard let next = steps.randomElement(using: &random) else { break }
                let taken = try steps.map { try machine.execute($0, from: state) }
                for first in steps.indices {
                    for second in steps.indices.dropFirst(first + 1)
                    where steps[first].actor != steps[second].actor
                        && taken[first].footprint.isIndependent(of: taken[second].footprint)
                    {
                        pairs += 1
                        let (one, other) = (steps[first], steps[second])
                        #expect(machine.steps(from: taken[first].state).contains(other), "\(one), \(other)")
                        #expect(machine.steps(from: taken[second].state).contains(one), "\(one), \(other)")
                        let there = try machine.execute(other, from: taken[first].state).state
                        let back = try machine.execute(one, from: taken[second].state).state
                        #expect(there == back, "\(one), \(other)")
                    }
                }
                state = try machine.execute(next, from: state).state
            }
        }
        #expect(pairs > 20)
    }
}
