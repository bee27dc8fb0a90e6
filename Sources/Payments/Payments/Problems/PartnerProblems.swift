import PaymentCore
import PaymentPartners

extension Problem {
    init(_ error: PartnerError) {
        let unknown = error.isOutcomeUnknown && !error.isRead ? "; the outcome is unknown" : ""
        let (code, what) =
            switch error.code {
            case .unreachable: ("partner_unreachable", "cannot be reached")
            case .timedOut: ("partner_timed_out", "did not answer in time" + unknown)
            case .interrupted: ("partner_interrupted", "closed the connection during its answer" + unknown)
            case .serverError(let status): ("partner_failed", "answered \(status)" + unknown)
            case .rejected(let status, let word): ("partner_rejected", "refused with \(status) \(word)")
            case .malformed: ("partner_malformed", "gave an unusable answer")
            case .contradiction: (Self.partnerContradiction, "contradicts what is known")
            }
        self.init(
            .partner, code, "\(error.partner.rawValue) \(what): \(error.action): \(error.message)",
            next: Self.nextStep(after: error))
    }

    /// A partner's answer that contradicts what it or we said before.
    package static let partnerContradiction = "partner_contradiction"

    private static func nextStep(after error: PartnerError) -> NextStep? {
        switch error.code {
        case .unreachable: .startPartner
        case .rejected(401, _), .rejected(403, _): .checkPartnerKeys(error.partner)
        case .rejected(404, _), .rejected(405, _): .checkPartnerAddress(error.partner)
        case .contradiction: .requeueOnceClarified
        case .timedOut, .interrupted, .serverError, .rejected, .malformed: nil
        }
    }
}
