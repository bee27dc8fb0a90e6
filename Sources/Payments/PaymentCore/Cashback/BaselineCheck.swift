/// Compares the findings of one audit with a baseline.
package struct BaselineCheck: Sendable {
    package enum Verdict: Hashable, Sendable {
        case open
        case accepted
        /// Accepted earlier, with another difference.
        case changed(AuditBaseline.Acceptance)
    }

    private var unseen: [String: AuditBaseline.Acceptance]
    private let order: [String]

    package init(_ baseline: AuditBaseline) {
        order = baseline.acceptances.map(\.findingID)
        unseen = Dictionary(uniqueKeysWithValues: baseline.acceptances.map { ($0.findingID, $0) })
    }

    package mutating func judge(_ finding: CashbackAudit.Finding) -> Verdict {
        guard let acceptance = unseen.removeValue(forKey: finding.id) else { return .open }
        return acceptance.accepts(finding) ? .accepted : .changed(acceptance)
    }

    /// Accepted, and not among the evaluated findings.
    package var unmatched: [AuditBaseline.Acceptance] { order.compactMap { unseen[$0] } }
}
