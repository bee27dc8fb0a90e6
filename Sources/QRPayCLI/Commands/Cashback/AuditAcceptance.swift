import CommandLineKit
import PaymentCore
import Payments
import WorldKit

/// The options --baseline, --accept and --accept-all: findings accepted before, and those accepted now.
struct AuditAcceptance {
    static let baselineFile = Option("baseline", "FILE", .file, summary: "Ignore findings accepted in this file")
    static let accept = Option(repeated: "accept", "ID", .text, summary: "Accept this finding into the baseline")
    static let acceptAll = Option(flag: "accept-all", summary: "Accept every finding into the baseline")

    static let all: [any CommandOption] = [baselineFile, accept, acceptAll]
    private static let accepting: [any CommandOption] = [accept, acceptAll]

    static let rules: [OptionRule] = [
        .onlyWith([baselineFile], accepting),
        .needs(AuditRepair.confirmation.reason, accepting, because: whyReason),
    ]

    private static let whyReason = "say why the findings are accepted"

    /// - Throws: ``Problem`` `usage` for a reason that says nothing.
    static func check(_ options: ParsedOptions) throws {
        let reason = AuditRepair.confirmation.reason
        guard accepting.contains(where: options.isGiven), options[reason].allSatisfy(\.isWhitespace) else { return }
        throw Problem(.invalid, "usage", "\(reason.label) is missing: \(whyReason)")
    }

    private static let maximumBytes = 64 << 20

    private let path: String?
    private let isAll: Bool
    private let reason: String
    private let now: Instant
    /// Given with --accept and not found yet.
    private var wanted: Set<String>
    private var baseline = AuditBaseline()
    private var check: BaselineCheck
    private var isChanged = false
    private(set) var accepted = 0
    /// Warnings about findings that differ from what was accepted.
    private var changes: [String] = []

    /// - Throws: ``Problem`` `bad_baseline`.
    init(_ options: ParsedOptions, now: Instant) throws {
        path = options[Self.baselineFile]
        isAll = options[Self.acceptAll]
        wanted = Set(options[Self.accept])
        reason = options[AuditRepair.confirmation.reason]
        self.now = now
        let isAccepting = isAll || !wanted.isEmpty
        if let path {
            do {
                baseline = try AuditBaseline(
                    json: try LocalFile.read(path, maximumBytes: Self.maximumBytes, what: "the baseline"))
            } catch let flaw as AuditBaseline.Flaw {
                throw Problem(.invalid, "bad_baseline", "\(path): \(flaw.message)")
            } catch let problem as Problem where problem.kind == .notFound && isAccepting {
                // The file will be created.
            }
        }
        check = BaselineCheck(baseline)
    }

    /// Whether a finding is accepted, by this run or an earlier one.
    mutating func accepts(_ finding: CashbackAudit.Finding) -> Bool {
        let verdict = check.judge(finding)
        let isWanted = wanted.remove(finding.id) != nil
        if verdict == .accepted {
            accepted += 1
            return true
        }
        if isAll || isWanted {
            baseline.accept(AuditBaseline.Acceptance(finding, reason: reason, at: now))
            isChanged = true
            accepted += 1
            return true
        }
        if case .changed(let acceptance) = verdict {
            changes.append(
                "\(finding.id): \(acceptance.difference ?? "?") was accepted, it is \(finding.difference) now")
        }
        return false
    }

    /// Writes the accepted findings, and warns about earlier ones that are out of date.
    /// - Throws: ``Problem`` `finding_not_found` for an id that was to be accepted and was not found; nothing is
    ///   written then.
    func finish(_ auditing: CashbackAuditing, _ period: CashbackAuditing.Period, _ context: Context) async throws {
        if let missing = wanted.min() {
            throw Problem(
                .notFound, "finding_not_found", "finding \(missing) not found; nothing was accepted",
                hint: "qrpay cashback audit --json")
        }
        if isChanged, let path {
            try LocalFile.write(Array(baseline.json.utf8), to: path)
            context.did("the findings are accepted into \(path)")
        }
        for change in changes { try context.warn(change) }
        for stale in check.unmatched
        where try await auditing.covers(orderID: stale.orderID, in: period) {
            try context.warn("\(stale.findingID) was accepted and no longer occurs (\(stale.reason))")
        }
    }
}
