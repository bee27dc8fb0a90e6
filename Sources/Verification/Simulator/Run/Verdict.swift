import EncodingKit
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments

/// Checks both sides of every payment against the invariants, and audits the cashback.
struct Verdict: Sendable {
    private let system: SimulatedSystem
    private let results: RunResults
    private let isQuiet: Bool
    private(set) var invariants: [SimulationReport.Invariant] = []
    /// Our records of the run's orders; nil if the store cannot be read.
    private var orders: [OrderSnapshot]?

    /// The name of the audit among the invariants.
    static let audit = "cashback_audit"

    init(_ system: SimulatedSystem, _ results: RunResults, isQuiet: Bool) {
        self.system = system
        self.results = results
        self.isQuiet = isQuiet
    }

    var statuses: [OrderStatus: Int] {
        Dictionary(grouping: orders ?? [], by: \.order.status).mapValues(\.count)
    }

    /// Reads both sides and checks them.
    func reach() async throws -> Verdict {
        var verdict = self
        guard let services = system.services else {
            verdict.checkInvariants(try await state().map { try Evidence(fromPartners: $0, results.orders) })
            return verdict
        }
        // In its own system every order belongs to this run, even an unexpected one. Our side is read first.
        let ids = system.own == nil ? results.orders.keys.sorted() : nil
        let ours = try await SnapshotReader(services).ours(orderIDs: ids)
        verdict.orders = ours
        let theirs = try await state().map { try PartnerHoldings($0, of: ids.map(Set.init)) }
        verdict.checkInvariants(Evidence(ours: ours, theirs: theirs))
        return verdict
    }

    /// The partners' state; nil if they are not an accessible sandbox.
    private func state() async throws -> SandboxSnapshot? {
        do { return try await system.sandbox?.state() } catch { throw Problem(simulated: error) }
    }

    private mutating func checkInvariants(_ evidence: Evidence?) {
        let checked = evidence?.invariants ?? []
        let broken =
            evidence.map { PaymentInvariants.broken(in: $0.snapshot, isQuiet: isQuiet, checking: checked) } ?? []
        invariants = PaymentInvariant.allCases.map { invariant in
            SimulationReport.Invariant(
                name: invariant.rawValue,
                unchecked: checked.contains(invariant)
                    ? (isQuiet || !invariant.isOfRest ? nil : "work was still in progress")
                    : evidence?.why ?? "neither the store nor the partners could be read",
                broken: broken.filter { $0.invariant == invariant }.map { violation($0.invariant.rawValue, $0) })
        }
        invariants.append(audited(evidence))
    }

    private func audited(_ evidence: Evidence?) -> SimulationReport.Invariant {
        var audit = SimulationReport.Invariant(name: Self.audit, unchecked: nil, broken: [])
        guard let orders, let ledger = evidence?.snapshot.partners?.ledger else {
            audit.unchecked = "needs the store and the partners"
            return audit
        }
        guard isQuiet else {
            audit.unchecked = "work was still in progress"
            return audit
        }
        audit.broken = CashbackAudit.findings(orders: orders.map(\.order), ledger: ledger).map { finding in
            violation(
                Self.audit,
                BrokenInvariant(
                    invariant: .cashbackDue, orderID: finding.orderID,
                    explanation: "\(finding.findingClass.rawValue): \(finding.explanation)"))
        }
        return audit
    }

    private func violation(_ name: String, _ broken: BrokenInvariant) -> SimulationReport.Violation {
        let order = broken.orderID.flatMap { id in orders?.first { $0.order.orderID == id }?.order }
        return SimulationReport.Violation(
            invariant: name, orderID: broken.orderID, uid: order?.uid, edaOrderID: order?.edaOrderID,
            step: broken.orderID.flatMap { results.order($0)?.step }, explanation: broken.explanation)
    }

    // MARK: What the scenario expects at its end

    func check(_ expect: FinalExpectation, _ results: RunResults) {
        for (word, count) in expect.outcomes.sorted(by: { $0.key < $1.key }) {
            let found = results.figures.outcomes[word] ?? 0
            results.add(
                CheckedExpectation(
                    place: "expect.outcomes.\(word)", expected: "\(count)", missed: found == count ? nil : "\(found)"))
        }
        for (status, count) in expect.statuses.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            add("expect.statuses.\(status.rawValue)", "\(count)", orders.map { _ in "\(statuses[status] ?? 0)" })
        }
        for (name, path) in [("taken", \Order.capturedAmount), ("refunded", \Order.refunded)] {
            let sum = orders.map { $0.reduce(Int64(0)) { $0.plus($1.order[keyPath: path].minorUnits) } }
            let currency = orders?.first?.order.currency ?? .rub
            let expected = name == "taken" ? expect.taken : expect.refunded
            add("expect.\(name)", expected, sum.map { Money(minorUnits: $0, currency: currency).decimal })
        }
        for (step, expected) in expect.orders.sorted(by: { $0.key < $1.key }) {
            check(expected, ofOrder: step, results.orders.first { $0.value.step == step }?.key)
        }
    }

    private func check(_ expected: FinalExpectation.Order, ofOrder step: String, _ orderID: String?) {
        let found = orders?.first { $0.order.orderID == orderID }
        let cashback = found.map { snapshot in
            let net = snapshot.cashback.reduce(Int64(0)) {
                $1.kind == .accrual ? $0.plus($1.amount.minorUnits) : $0.minus($1.amount.minorUnits)
            }
            return Money(minorUnits: net, currency: snapshot.order.currency).decimal
        }
        let place = "expect.orders.\(step)"
        add("\(place).status", expected.status?.rawValue, found?.order.status.rawValue)
        add("\(place).uid", expected.uid, found.map { $0.order.uid ?? "no guest" })
        add("\(place).taken", expected.taken, found?.order.capturedAmount.decimal)
        add("\(place).refunded", expected.refunded, found?.order.refunded.decimal)
        add("\(place).cashback", expected.cashback, cashback)
        add("\(place).receipts", expected.receipts.map { "\($0)" }, found.map { "\($0.receipts.count)" })
    }

    /// - Parameter found: nil if not found, or if the store cannot be read.
    private func add(_ place: String, _ expected: String?, _ found: String?) {
        guard let expected else { return }
        var expectation = CheckedExpectation(place: place, expected: expected)
        if orders == nil {
            expectation.unchecked = "the store could not be read"
        } else if !(found.map { Self.isSameAmount($0, expected) } ?? false) {
            expectation.missed = found ?? "order not found"
        }
        results.add(expectation)
    }

    /// `"120"` is `"120.00"`.
    private static func isSameAmount(_ a: String, _ b: String) -> Bool {
        func plain(_ text: String) -> Substring {
            guard text.contains("."), FieldForm.decimal.accepts(.string(text)) else { return text[...] }
            var digits = text[...]
            while digits.last == "0" { digits.removeLast() }
            return digits.last == "." ? digits.dropLast() : digits
        }
        return plain(a) == plain(b)
    }
}

extension PaymentInvariant {
    /// Whether it applies only when all work is done.
    fileprivate var isOfRest: Bool {
        [.oneLiveHold, .holdHasOwner, .nothingMoves, .sidesAgree].contains(self)
    }
}
