import OrderingCore
import Testing

@testable import Explorer

/// A handler with one statement changed on purpose is caught.
@Suite struct OrderingMutationTests {
    struct Mutation: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let style: StyleName
        let breaks: OrderingInvariant
        let statement: String
        let other: String
        let change: @Sendable (inout OrderingScenario) -> Void

        init(
            _ description: String, _ style: StyleName, breaks: OrderingInvariant, _ statement: String, _ other: String,
            _ change: @escaping @Sendable (inout OrderingScenario) -> Void = { _ in }
        ) {
            testDescription = description
            self.style = style
            self.breaks = breaks
            self.statement = statement
            self.other = other
            self.change = change
        }

        var scenario: OrderingScenario {
            var scenario = OrderingScenario(style: style)
            scenario.presses = 1
            change(&scenario)
            return scenario
        }
    }

    private static let mutations = [
        Mutation(
            "the balance is not written", .collaboration, breaks: .moneyKept,
            "UPDATE accounts SET balance = $2, entries = $3 WHERE user_id = $1 AND entries = $3 - 1",
            "UPDATE accounts SET balance = balance + $2 * 0, entries = $3 WHERE user_id = $1 AND entries = $3 - 1"),
        Mutation(
            "an order is settled without its reason", .hybrid, breaks: .chargeMeansSuccess,
            "UPDATE orders SET status = $2, reason = $3 WHERE id = $1 AND status = 'pending'",
            "UPDATE orders SET status = CASE $2 WHEN 'failed' THEN 'succeeded' ELSE $2 END, reason = NULL + $3 "
                + "WHERE id = $1 AND status = 'pending'"
        ) { $0.balance = 0 },
        Mutation(
            "an announcement is not recorded", .http, breaks: .nothingForgotten,
            "UPDATE orders SET is_announced = 1 WHERE id = $1", "UPDATE orders SET is_announced = 0 WHERE id = $1"),
        Mutation(
            "a repeated message is handled again", .collaboration, breaks: .statusMovesOnce,
            "INSERT INTO order_moves (order_id, status, at) VALUES ($1, $2, $3)",
            "INSERT INTO order_moves (order_id, status, at) VALUES ($1, 'succeeded', $3 + LENGTH($2) * 0)"),
    ]

    @Test(arguments: mutations)
    func `is caught`(_ mutation: Mutation) throws {
        let planted = OrderingVariant("planted", "") { $0.decisions.replace(mutation.statement, by: mutation.other) }
        let report = try OrderingExplorer(variant: planted, scenario: mutation.scenario).explore()
        #expect(report.violations.contains { $0.invariant == mutation.breaks }, "\(report.violations.map(\.invariant))")
    }

    @Test(arguments: mutations)
    func `is absent unless planted`(_ mutation: Mutation) throws {
        let report = try OrderingExplorer(scenario: mutation.scenario).explore()
        #expect(report.violations.isEmpty && report.findings.incomplete == nil)
    }
}
