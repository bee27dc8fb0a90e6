import Payments
import SQLKit
import Testing

@testable import Explorer

/// Events of payments in every history of a small scenario.
@Suite struct EventTests {
    private static func variant(announcing: Bool) -> Variant {
        Variant(name: "events", summary: "") { program, environment in
            var environment = environment
            if announcing { environment.services.store = environment.services.store.announcing() }
            return try await environment.production(program)
        }
    }

    /// The journal's events and the outbox's types in every state that can be reached.
    private static func histories(announcing: Bool, _ scenario: Scenario) throws -> Set<[[String]]> {
        // Without what forgets a part of the journal.
        let machine = try Machine(variant(announcing: announcing), scenario, [.memory])
        let tables = machine.store.schema.tables
        let (journal, outbox) = (
            try #require(tables.firstIndex(of: .journal)), try #require(tables.firstIndex(of: .outbox))
        )
        func words(_ state: State, _ table: Int) -> [String] {
            machine.store.content(state.store).tables[table].rows.compactMap { row in
                // Both have it as their third column.
                if case .text(let word) = row.values[2] { word } else { nil }
            }
        }
        var seen: Set<State> = [machine.start]
        var next = [machine.start]
        var found: Set<[[String]]> = []
        while let state = next.popLast() {
            found.insert([words(state, journal), words(state, outbox)])
            for step in machine.steps(from: state) {
                let state = try machine.execute(step, from: state).state
                if seen.insert(state).inserted { next.append(state) }
            }
        }
        return found
    }

    private static let types = [
        "cleared": "order.paid", "hold_failed": "order.declined", "clear_failed": "order.declined",
        "refunded": "order.refunded", "receipt_stored": "receipt.stored",
    ]

    private static let scenarios: [(name: String, change: @Sendable (inout Scenario) -> Void)] = [
        ("a duplicate report and a crash", { ($0.duplicates, $0.crashes) = (1, 1) }),
        ("a lost answer and a refund", { ($0.lostAnswers, $0.refunds) = (1, 1) }),
        ("two guests", { ($0.users, $0.presses, $0.cards) = (2, 1, ["card-decline", "card-approve"]) }),
    ]

    @Test(arguments: scenarios.indices) func `each journal entry is announced once in every history`(index: Int) throws
    {
        var scenario = Scenario()
        (scenario.users, scenario.presses, scenario.cards) = (1, 2, ["card-decline-once"])
        Self.scenarios[index].change(&scenario)
        let found = try Self.histories(announcing: true, scenario)
        for history in found {
            #expect(history[1] == history[0].compactMap { Self.types[$0] }, "\(Self.scenarios[index].name)")
        }
        let announced = Set(found.flatMap { $0[1] })
        #expect(announced.isSuperset(of: ["order.paid", "order.declined", "receipt.stored"]))
        #expect(announced.contains("order.refunded") == (scenario.refunds > 0))
    }

    @Test func `without a broker no history announces anything`() throws {
        var scenario = Scenario()
        (scenario.users, scenario.presses, scenario.cards) = (1, 2, ["card-decline-once"])
        let found = try Self.histories(announcing: false, scenario)
        #expect(found.allSatisfy { $0[1].isEmpty } && found.contains { $0[0].contains("cleared") })
    }
}
