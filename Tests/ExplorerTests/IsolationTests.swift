import PaymentCore
import Payments
import SQLKit
import Testing
import WorldKit

@testable import Explorer
@testable import Simulator

/// Overlapping transactions, each on its own snapshot.
@Suite struct IsolationTests {
    /// Two guests may each close one of the restaurants `left` and `right`; one must stay open. `zone` marks an open
    /// one.
    enum Skew: String, CaseIterable, Sendable {
        /// Each guest closes one restaurant after reading that the other is open.
        case unguarded
        /// Each guest also writes a row that both share.
        case guarded
        /// Each guest also checks the other restaurant in a write that leaves its row unchanged.
        case compared

        /// Whether both restaurants can end up closed when transactions overlap.
        var isBroken: Bool { self == .unguarded }
    }

    /// A guest who finds both restaurants closed breaks the order.
    private static func variant(_ skew: Skew) -> Variant {
        planted { environment, guest in
            let (own, other) = guest == 0 ? ("left", "right") : ("right", "left")
            try await environment.database.write { connection in
                guard try isOpen(other, connection) else { return }
                switch skew {
                case .unguarded: break
                case .guarded: try connection.execute("UPDATE restaurants SET name = name WHERE client_id = 'bistro'")
                case .compared:
                    try connection.execute(
                        "UPDATE restaurants SET zone = zone WHERE client_id = $1 AND zone IS NOT NULL", [.text(other)])
                }
                try connection.execute("UPDATE restaurants SET zone = NULL WHERE client_id = $1", [.text(own)])
            }
            try await breakOrder(environment) { connection in
                try !isOpen("left", connection) && !isOpen("right", connection)
            }
        }
    }

    private static func planted(
        _ act: @escaping @Sendable (ProgramEnvironment, Int) async throws -> Void
    ) -> Variant {
        Variant(name: "planted", summary: "") { program, environment in
            switch program {
            case .setUp:
                let result = try await environment.production(program)
                try await environment.database.write { connection in
                    for name in ["left", "right"] {
                        try connection.execute(
                            "INSERT INTO restaurants (client_id, name, zone, created_at) VALUES ($1, $1, 'open', 0)",
                            [.text(name)])
                    }
                }
                return result
            case .pay(let guest):
                try await act(environment, guest)
                return ""
            default: return try await environment.production(program)
            }
        }
    }

    private static func isOpen(_ name: String, _ connection: any SQLConnection) throws -> Bool {
        try !connection.query(
            "SELECT 1 FROM restaurants WHERE client_id = $1 AND zone IS NOT NULL", [.text(name)]
        ).isEmpty
    }

    private static func breakOrder(
        _ environment: ProgramEnvironment, if isWrong: @escaping @Sendable (any SQLConnection) throws -> Bool
    ) async throws {
        try await environment.database.write { connection in
            if try isWrong(connection) {
                try connection.execute("UPDATE orders SET status = 'CLEARED', taken = amount")
            }
        }
    }

    private static func scenario(_ isolation: Isolation, workers: Int = 0) -> Scenario {
        var scenario = small
        (scenario.users, scenario.workers, scenario.isolation) = (2, workers, isolation)
        return scenario
    }

    private static func findings(_ variant: Variant, _ scenario: Scenario, _ reductions: Reductions) throws -> Findings
    {
        let machine = try Machine(variant, scenario, reductions)
        return try Explorer(variant: variant, scenario: scenario).search(machine, InvariantChecker(machine))
    }

    @Test(arguments: Skew.allCases)
    func `a write skew is found, unless a guard row prevents it`(_ skew: Skew) throws {
        let serial = try Explorer(variant: Self.variant(skew), scenario: Self.scenario(.serial)).explore()
        #expect(serial.violations.isEmpty && serial.findings.incomplete == nil)
        let report = try Explorer(variant: Self.variant(skew), scenario: Self.scenario(.snapshot)).explore()
        #expect(report.violations.isEmpty != skew.isBroken && report.findings.incomplete == nil)
        let lines = report.violations.first?.history.moments.map(\.line) ?? []
        #expect(lines.contains { $0.contains("is in a transaction") } == skew.isBroken, "\(lines)")
    }

    /// The reason why adding a rule takes a guard row on a server (``SQLKit/SQLGuards``).
    @Test func `two commands that each see no cashback rule add two`() throws {
        let variant = Self.planted { environment, _ in
            let id = environment.services.world.newID()
            try await environment.database.write { connection in
                let known = try connection.query("SELECT 1 FROM cashback_rules WHERE client_id = 'left'")
                guard known.isEmpty else { return }
                try connection.execute(
                    "INSERT INTO cashback_rules (rule_id, client_id, percent, valid_from) VALUES ($1, 'left', '10', 0)",
                    [.text(id)])
            }
            try await Self.breakOrder(environment) { connection in
                try connection.query("SELECT 1 FROM cashback_rules WHERE client_id = 'left'").count > 1
            }
        }
        for isolation in [Isolation.serial, .snapshot] {
            let report = try Explorer(variant: variant, scenario: Self.scenario(isolation)).explore()
            #expect(report.findings.incomplete == nil && report.violations.isEmpty == (isolation == .serial))
        }
    }

    /// The omitted overlaps lead to no other results: a search with every possible overlap has the same ends and
    /// verdicts.
    @Test(arguments: Skew.allCases)
    func `the reduction of overlaps keeps every verdict of planted bodies`(_ skew: Skew) throws {
        let scenario = Self.scenario(.snapshot)
        let all = try Self.findings(Self.variant(skew), scenario, [.states, .forgetting, .memory])
        for reductions: Reductions in [
            [.states, .forgetting, .memory, .overlaps], [.states, .forgetting, .memory, .overlaps, .sleepSets], .all,
        ] {
            let reduced = try Self.findings(Self.variant(skew), scenario, reductions)
            #expect(reduced.broken == all.broken && reduced.broken.isEmpty != skew.isBroken)
            #expect(reduced.endings.isSubset(of: all.endings) && (reduced.endings == all.endings || skew.isBroken))
            #expect(reduced.steps <= all.steps)
        }
    }

    private static let held: [(name: String, change: @Sendable (inout Scenario) -> Void)] = [
        ("two guests", { $0.users = 2 }),
        ("transactions that fail", { ($0.users, $0.conflicts) = (1, 2) }),
    ]

    @Test(arguments: held.indices)
    func `production holds on snapshots`(index: Int) throws {
        var scenario = Self.scenario(.snapshot, workers: 1)
        Self.held[index].change(&scenario)
        let report = try Explorer(scenario: scenario).explore()
        #expect(report.violations.isEmpty && report.findings.incomplete == nil)
    }

    /// A history with overlapping transactions is replayed with the same overlaps; its token and its file record the
    /// isolation.
    @Test func `a saved history keeps its isolation`() throws {
        var scenario = Self.scenario(.snapshot, workers: 1)
        (scenario.duplicates, scenario.conflicts) = (1, 1)
        let machine = try Machine(.production, scenario, .all)
        let checker = try InvariantChecker(machine)
        var (state, steps): (State, [Step]) = (machine.start, [])
        while steps.count < 60 {
            let possible = machine.steps(from: state)
            let overlap = possible.first { if case .overlap = $0 { true } else { false } }
            let conflict = possible.first { if case .conflict(.work) = $0 { true } else { false } }
            let first = possible.first { if case .deliver(_, true) = $0 { true } else { false } }
            guard let step = overlap ?? conflict ?? first ?? possible.first else { break }
            state = try machine.execute(step, from: state).state
            steps.append(step)
        }
        let describer = HistoryDescriber(machine, checker)
        let violation = try describer.violation(.payerKept, steps, .all)
        let token = try Token(text: violation.token)
        #expect(token.scenario == scenario && token.text == violation.token)
        let json = Array(try ScenarioFile(violation).json.utf8)
        let saved = try SavedHistory(json: json)
        #expect(saved.scenario.isolation == .snapshot && saved.scenario.conflicts == 1)
        #expect(try saved.replay().history.moments == violation.history.moments)
        let lines = violation.history.moments.map(\.line)
        #expect(lines.contains { $0.contains("conflicts each time") })
    }

    /// The token of a serial history is unchanged: without isolation and without a budget for conflicts.
    @Test func `a serial history is saved as before`() throws {
        let token = Token(variant: "seed-v1", scenario: Scenario(), reductions: .all, choices: [0], checksum: 1)
        var snapshot = token
        snapshot.scenario.isolation = .snapshot
        #expect(token.text == "qx1-AR8CAgEAAAAAAAAAAgIAAQAAAAAB")
        #expect(snapshot.text != token.text)
        #expect(try Token(text: token.text) == token && Token(text: snapshot.text) == snapshot)
    }
}
