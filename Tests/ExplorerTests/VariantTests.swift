import Explorer
import PaymentCore
import Simulator
import Testing

/// The results of the seed designs.
@Suite struct VariantTests {
    private static let twoGuests: Scenario = {
        var scenario = Scenario()
        scenario.users = 2
        return scenario
    }()

    @Test func `production holds`() throws {
        let report = try Explorer(scenario: Self.twoGuests).explore()
        #expect(report.violations.isEmpty)
        #expect(report.findings.incomplete == nil && report.findings.finalStates > 1)
        #expect(Variant.production.invariants == PaymentInvariant.allCases)
    }

    @Test(arguments: Variant.all.dropFirst().map(\.name))
    func `is refuted by a short history`(_ name: String) throws {
        let variant = try #require(Variant.named(name))
        let report = try Explorer(variant: variant, scenario: Self.twoGuests).explore()
        #expect(report.findings.incomplete == nil && !report.violations.isEmpty)
        for violation in report.violations {
            #expect(violation.history.moments.count <= 15)
            #expect(violation.sentence != nil, "\(violation.invariant?.rawValue ?? "")")
            #expect(violation.history.broken.contains { $0.invariant == violation.invariant })
        }
    }

    /// A report of the first hold that arrives after the second was requested releases the order, while the
    /// second holds the money.
    @Test(arguments: ["seed-v1", "seed-v1-guarded", "seed-v2", "seed-v2-nonidempotent", "seed-v3"])
    func `a late report leaves a hold behind`(_ name: String) throws {
        let variant = try #require(Variant.named(name))
        let report = try Explorer(variant: variant, scenario: Self.twoGuests).explore()
        let violation = try #require(report.violations.first { $0.invariant == .holdHasOwner })
        #expect(violation.history.moments.count == 8)
        #expect(violation.history.moments.allSatisfy { !$0.isFault })
    }

    /// With one attempt per guest, the designs work as intended.
    @Test(arguments: Variant.all.map(\.name))
    func `holds while every guest pays once`(_ name: String) throws {
        var scenario = Self.twoGuests
        scenario.presses = 1
        let report = try Explorer(variant: try #require(Variant.named(name)), scenario: scenario).explore()
        #expect(report.violations.isEmpty && report.findings.incomplete == nil)
    }
}
