import Explorer
import PaymentCore
import Simulator
import Testing

@Suite struct RandomWalkTests {
    private static func explore(_ variant: Variant, _ strategy: Explorer.Strategy) throws -> Explorer.Report {
        var explorer = Explorer(variant: variant)
        explorer.scenario.duplicates = 1
        explorer.strategy = strategy
        return try explorer.explore()
    }

    @Test(arguments: [
        Explorer.Strategy.random(seed: 1, limit: 300), .priorities(seed: 1, depth: 3, limit: 300),
    ])
    func `finds a violation and reports a sample`(_ strategy: Explorer.Strategy) throws {
        let report = try Self.explore(.seedV1, strategy)
        #expect(report.findings.incomplete == "a sample")
        #expect(!report.violations.isEmpty)
        let again = try Self.explore(.seedV1, strategy)
        #expect(again.violations.map(\.token) == report.violations.map(\.token))
        #expect(again.findings.steps == report.findings.steps)
    }

    @Test(arguments: [
        Explorer.Strategy.random(seed: 7, limit: 100), .priorities(seed: 7, depth: 3, limit: 100),
    ])
    func `finds nothing in production`(_ strategy: Explorer.Strategy) throws {
        let report = try Self.explore(.production, strategy)
        #expect(report.violations.isEmpty && report.findings.schedules == 100)
    }

    @Test func `stops when asked to`() throws {
        var explorer = Explorer()
        explorer.strategy = .random(seed: 1, limit: nil)
        explorer.isOver = { $0.schedules >= 3 ? "enough" : nil }
        #expect(try explorer.explore().findings.incomplete == "a sample, enough")
        explorer.strategy = .exhaustive(preemptions: nil)
        explorer.isOver = { $0.steps >= 2_000 ? "enough" : nil }
        #expect(try explorer.explore().findings.incomplete == "enough")
    }
}
