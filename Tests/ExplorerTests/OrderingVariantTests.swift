import Explorer
import OrderingCore
import Testing

/// What goes wrong in other designs, each as its shortest history.
@Suite struct OrderingVariantTests {
    struct Flaw: Sendable, CustomTestStringConvertible {
        let variant: String
        let breaks: OrderingInvariant
        let steps: Int
        let explanation: String
        let change: @Sendable (inout OrderingScenario) -> Void

        init(
            _ variant: String, _ breaks: OrderingInvariant, steps: Int, _ explanation: String,
            _ change: @escaping @Sendable (inout OrderingScenario) -> Void = { _ in }
        ) {
            self.variant = variant
            self.breaks = breaks
            self.steps = steps
            self.explanation = explanation
            self.change = change
        }

        var testDescription: String { "\(variant): \(breaks.rawValue), \(explanation)" }
    }

    static let flaws = [
        // A repeated message after a deposit, which writes the account without its history.
        Flaw("seed-003", .oneCharge, steps: 9, "has two succeeded payments"),
        // A crash between the compare-and-set and the publication.
        Flaw("seed-003", .nothingForgotten, steps: 7, "is still pending"),
        Flaw("seed-003", .chargeMeansSuccess, steps: 10, "is failed and charged") { $0.balance = 0 },
        Flaw("seed-003", .oneUnpaidBasket, steps: 4, "has the unpaid baskets") {
            ($0.fetches, $0.presses, $0.duplicates, $0.crashes, $0.deposits) = (1, 2, 0, 0, 0)
        },
        Flaw("seed-003", .toldOnce, steps: 10, "has 0 of its notification"),
        Flaw("seed-004", .chargeMeansSuccess, steps: 6, "is succeeded and not charged"),
        Flaw("seed-004", .statusMovesOnce, steps: 10, "went through pending, succeeded, failed"),
        Flaw("seed-004", .nothingForgotten, steps: 7, "is still pending") { $0.early = 1 },
        Flaw("seed-004", .oneCharge, steps: 9, "has two succeeded payments") { $0.balance = 2 },
        Flaw("http-naive", .nothingForgotten, steps: 6, "is still pending"),
        Flaw("http-naive", .chargeMeansSuccess, steps: 9, "is charged and still pending"),
        Flaw("http-naive", .toldOnce, steps: 10, "has 0 of its notification"),
        Flaw("no-outbox", .nothingForgotten, steps: 7, "is still pending"),
        Flaw("no-outbox", .chargeMeansSuccess, steps: 9, "is charged and still pending"),
        Flaw("no-outbox", .toldOnce, steps: 11, "has 0 of its push event"),
        Flaw("no-inbox", .oneCharge, steps: 5, "has two succeeded payments"),
        Flaw("ack-first", .nothingForgotten, steps: 7, "is still pending"),
        Flaw("ack-first", .chargeMeansSuccess, steps: 10, "is charged and still pending"),
        Flaw("ack-first", .toldOnce, steps: 16, "has 0 of its push event"),
    ]

    private static func explore(_ flaw: Flaw) throws -> OrderingExplorer.Report {
        let variant = try #require(OrderingVariant.named(flaw.variant))
        var scenario = variant.scenario
        flaw.change(&scenario)
        return try OrderingExplorer(variant: variant, scenario: scenario).explore()
    }

    @Test(arguments: flaws)
    func `goes wrong in a short history`(_ flaw: Flaw) throws {
        let report = try Self.explore(flaw)
        let violation = try #require(report.violations.first { $0.invariant == flaw.breaks })
        #expect(violation.history.moments.count == flaw.steps)
        #expect(violation.sentence != nil)
        #expect(violation.history.broken.contains { $0.explanation.contains(flaw.explanation) })
        // The token follows the same history again.
        let again = try OrderingToken(text: violation.token).replay()
        #expect(again.history.moments == violation.history.moments)
        #expect(again.history.broken == violation.history.broken)
    }

    /// Within the very bounds in which a variant goes wrong, the production code does not.
    @Test(arguments: flaws)
    func `the production code holds there`(_ flaw: Flaw) throws {
        var scenario = try #require(OrderingVariant.named(flaw.variant)).scenario
        flaw.change(&scenario)
        let report = try OrderingExplorer(scenario: scenario).explore()
        #expect(report.violations.isEmpty && report.findings.incomplete == nil)
    }

    /// One invariant alone: histories go on after they have violated others.
    @Test func `one invariant is checked alone`() throws {
        var scenario = OrderingVariant.seed004.scenario
        scenario.only = .toldOnce
        let report = try OrderingExplorer(variant: .seed004, scenario: scenario).explore()
        #expect(Set(report.violations.map(\.invariant)) == [.toldOnce])
        let violation = try #require(report.violations.first)
        #expect(try OrderingToken(text: violation.token).replay().history.broken == violation.history.broken)
    }

    @Test func `every variant is in the table`() {
        #expect(Set(Self.flaws.map(\.variant)) == Set(OrderingVariant.all.dropFirst().map(\.name)))
    }
}
