package import OrderingCore

/// A design of the ordering system: the production code, with other decisions in a few places.
package struct OrderingVariant: Sendable {
    package var name: String
    /// One sentence.
    package var summary: String
    /// The styles that it is a design of.
    package var styles = StyleName.allCases
    /// The invariants to check.
    package var invariants: [OrderingInvariant] = OrderingInvariant.allCases
    /// What an original design says that a violated invariant refutes.
    package var sentences: [OrderingInvariant: String] = [:]
    /// What shows its flaws.
    package var scenario = OrderingScenario.standard
    var decisions = OrderingDecisions()

    init(_ name: String, _ summary: String, _ decide: (inout OrderingVariant) -> Void = { _ in }) {
        self.name = name
        self.summary = summary
        decide(&self)
    }
}
