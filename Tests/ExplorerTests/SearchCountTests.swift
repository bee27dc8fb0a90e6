import PaymentCore
import Payments
import Testing
import WorldKit

@testable import Explorer

/// What the searches count, against closed formulas for processes that do not influence each other.
@Suite struct SearchCountTests {
    /// Guests whose "payment" is a number of effects on the store; no worker, no fault, no invariant.
    private static func variant(
        _ lengths: [Int], _ effect: @escaping @Sendable (ProgramEnvironment, Int) async throws -> Void
    ) -> Variant {
        var variant = Variant(name: "test", summary: "") { program, environment in
            switch program {
            case .pay(let guest):
                for _ in 0..<lengths[guest] { try await effect(environment, guest) }
                return ""
            case .look: return try await Variant.production.run(program, environment)
            default: return ""
            }
        }
        variant.invariants = []
        return variant
    }

    private static func reading(_ lengths: [Int]) -> Variant {
        variant(lengths) { environment, _ in
            _ = try await environment.services.store.read { try $0.orders.order(id: "any") }
        }
    }

    /// Each guest adds a restaurant: all write one table.
    private static func writing(_ lengths: [Int]) -> Variant {
        variant(lengths) { environment, guest in
            let (id, now) = (environment.services.world.newID(), environment.services.world.now())
            try await environment.services.store.write {
                try $0.restaurants.save(
                    Restaurant(clientID: "\(guest)-\(id)", name: "", zone: nil, createdAt: now))
            }
        }
    }

    private static func scenario(_ lengths: [Int]) -> Scenario {
        var scenario = Scenario()
        (scenario.users, scenario.presses, scenario.workers) = (lengths.count, 1, 0)
        return scenario
    }

    private static func findings(
        _ variant: Variant, _ lengths: [Int], _ reductions: Reductions, _ change: (inout DepthFirst) -> Void = { _ in }
    ) throws -> Findings {
        let machine = try Machine(variant, scenario(lengths), reductions)
        var search = DepthFirst(machine: machine, checker: try InvariantChecker(machine), reductions: reductions)
        change(&search)
        return try search.search()
    }

    /// The number of interleavings of processes with so many steps: a multinomial coefficient.
    private static func interleavings(_ lengths: [Int]) -> Int {
        var (count, placed) = (1, 0)
        for length in lengths {
            for step in 1...length {
                placed += 1
                // Exact: a product of binomial coefficients, factor by factor.
                count = count * placed / step
            }
        }
        return count
    }

    private static let lengths = [
        [1], [5], [1, 1], [2, 3], [3, 3], [1, 1, 1], [2, 2, 2], [1, 2, 3], [1, 1, 1, 1],
    ]

    @Test(arguments: lengths)
    func `every interleaving is one history`(_ lengths: [Int]) throws {
        let expected = Self.interleavings(lengths)
        for variant in [Self.reading(lengths), Self.writing(lengths)] {
            let found = try Self.findings(variant, lengths, [.memory])
            #expect(found.schedules == expected && found.pruned == 0 && found.incomplete == nil)
            #expect(found.deepest == lengths.reduce(0, +))
            let machine = try Machine(variant, Self.scenario(lengths), [.memory])
            #expect(try HistoryCount(machine: machine).count() == Double(expected))
        }
    }

    /// A grid of positions: each edge is one step, and one history per expansion that finds the end.
    @Test(arguments: lengths)
    func `each state is expanded once`(_ lengths: [Int]) throws {
        let edges = lengths.indices.reduce(0) { sum, process in
            sum
                + lengths.indices.reduce(1) {
                    $0 * (lengths[$1] + ($1 == process ? 0 : 1))
                }
        }
        let found = try Self.findings(Self.reading(lengths), lengths, [.memory, .states])
        #expect(found.steps == edges)
        // Each process can be the last to end. All other arrivals, but the first at each state, are pruned.
        let states = lengths.reduce(1) { $0 * ($1 + 1) }
        #expect(found.schedules == lengths.count)
        #expect(found.pruned == edges - lengths.count - (states - 2))
        #expect(found.finalStates == 1 && found.incomplete == nil)
    }

    /// Readers commute: one history represents all. Writers of one table do not: none can be left out.
    @Test(arguments: lengths)
    func `sleep sets leave one history of independent processes`(_ lengths: [Int]) throws {
        let reading = try Self.findings(Self.reading(lengths), lengths, [.memory, .sleepSets])
        #expect(reading.schedules == 1 && reading.finalStates == 1 && reading.incomplete == nil)
        let writing = try Self.findings(Self.writing(lengths), lengths, [.memory, .sleepSets])
        #expect(writing.schedules == Self.interleavings(lengths))
    }

    @Test(arguments: lengths)
    func `random walks have the length of every history`(_ lengths: [Int]) throws {
        let machine = try Machine(Self.reading(lengths), Self.scenario(lengths), [.memory])
        for choice in [RandomWalks.Choice.uniform, .priorities(depth: 3)] {
            let found = try RandomWalks(
                machine: machine, checker: try InvariantChecker(machine), choice: choice, seed: 3, limit: 50
            ).search()
            #expect(found.schedules == 50 && found.steps == 50 * lengths.reduce(0, +))
            #expect(found.deepest == lengths.reduce(0, +) && found.finalStates == 1)
            #expect(found.incomplete == "a sample")
        }
    }

    /// The interleavings of two processes in which at most so many steps interrupt the other process midway.
    /// - Parameter isFirst: whether the first process took the last step; nil before any.
    private static func boundedInterleavings(
        _ one: Int, _ other: Int, isFirst: Bool? = nil, preemptions: Int
    ) -> Int {
        guard preemptions >= 0 else { return 0 }
        // The rest of the other one follows, and interrupts nothing.
        guard one > 0, other > 0 else { return 1 }
        return boundedInterleavings(
            one - 1, other, isFirst: true, preemptions: preemptions - (isFirst == false ? 1 : 0))
            + boundedInterleavings(
                one, other - 1, isFirst: false, preemptions: preemptions - (isFirst == true ? 1 : 0))
    }

    /// A cut search is never reported as complete, wherever it is cut.
    @Test func `a search that a limit cuts is incomplete`() throws {
        let lengths = [6, 6]
        // 7 × 7 positions, of which all but the end are expanded.
        let grid = Self.reading(lengths)
        for limit in [0, 1, 5, 20, 48] {
            let cut = try Self.findings(grid, lengths, [.memory, .states]) { $0.stateLimit = limit }
            #expect(cut.incomplete == "the limit of \(limit) states was reached" && cut.steps < 84)
        }
        let whole = try Self.findings(grid, lengths, [.memory, .states]) { $0.stateLimit = 49 }
        #expect(whole.incomplete == nil && whole.steps == 84)
        let variant = Self.writing(lengths)
        for preemptions in 0..<5 {
            let cut = try Self.findings(variant, lengths, [.memory]) { $0.preemptionLimit = preemptions }
            #expect(cut.incomplete == "at most \(preemptions) preemptions")
            #expect(cut.schedules == Self.boundedInterleavings(6, 6, preemptions: preemptions))
        }
        let stopped = try Self.findings(variant, lengths, [.memory]) { $0.isOver = { _ in "stopped" } }
        #expect(stopped.incomplete == "stopped")
        // With every history within the bound, the bound leaves nothing out.
        let within = try Self.findings(variant, lengths, [.memory]) { $0.preemptionLimit = 11 }
        #expect(within.incomplete == nil && within.schedules == Self.interleavings(lengths))
    }

    /// The shortest history is as long as a search layer by layer finds, which knows no reduction.
    @Test(arguments: [Variant.seedV1, .seedV1Guarded, .seedV2, .seedV3].map(\.name))
    func `the shortest history is the shortest`(_ name: String) throws {
        let variant = try #require(Variant.named(name))
        var scenario = Scenario()
        (scenario.users, scenario.presses, scenario.cards) = (1, 2, ["card-decline-once"])
        let machine = try Machine(variant, scenario, .all)
        let checker = try InvariantChecker(machine)
        let found = try DepthFirst(machine: machine, checker: checker, reductions: .all).search()
        let shortest = try Shortest(machine: machine, checker: checker).histories(for: found.violations)
        #expect(!shortest.isEmpty)
        var lengths: [PaymentInvariant: Int] = [:]
        var layer: Set<State> = [machine.start]
        var seen = layer
        var length = 0
        while !layer.isEmpty {
            var next: Set<State> = []
            for state in layer {
                let broken = try checker.broken(in: state)
                for broken in broken where lengths[broken.invariant] == nil { lengths[broken.invariant] = length }
                guard broken.isEmpty else { continue }
                for step in machine.steps(from: state) {
                    let state = try machine.execute(step, from: state).state
                    if seen.insert(state).inserted { next.insert(state) }
                }
            }
            layer = next
            length += 1
        }
        #expect(shortest.mapValues(\.count) == lengths)
    }
}
