import EncodingKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments

/// Checks every invariant in every state, skipping states it has checked.
final class InvariantChecker: StateChecker {
    typealias System = Machine

    private struct Case: Hashable {
        let payments: UInt64
        let holdings: Int32
        let isQuiet: Bool
    }

    private let machine: Machine
    private let look: ProcessTree.Node
    private var holdings = Numbering<PartnerHoldings>()
    private var holdingsOfPartners: [Int32: Int32] = [:]
    private var signatures: [Int32: UInt64] = [:]
    private var snapshots: [UInt64: [OrderSnapshot]] = [:]
    private var verdicts: [Case: [BrokenInvariant]] = [:]

    /// The maximum of snapshots kept; they are large.
    private static let snapshotLimit = 10_000

    init(_ machine: Machine) throws {
        self.machine = machine
        look = try machine.tree.root(.look, at: machine.start.clock)
    }

    /// The number of distinct states checked.
    var caseCount: Int { verdicts.count }

    /// The invariants violated in a state.
    func broken(in state: State) throws -> [BrokenInvariant] {
        let facts = machine.store.facts(state.store)
        let their = number(ofHoldingsIn: state.partners)
        let this = Case(payments: facts.payments, holdings: their, isQuiet: machine.isQuiet(state))
        if let known = verdicts[this] { return known }
        let snapshot = PaymentSnapshot(orders: try ours(state, facts.payments), partners: holdings[their])
        let broken = PaymentInvariants.broken(
            in: snapshot, isQuiet: this.isQuiet, checking: machine.variant.invariants)
        verdicts[this] = broken
        return broken
    }

    /// Identifies a final state, the same in every run.
    struct Ending: Hashable {
        /// Our records.
        let payments: UInt64
        /// The partners' records.
        let holdings: UInt64
    }

    func ending(of state: State) -> Ending {
        let number = number(ofHoldingsIn: state.partners)
        if signatures[number] == nil {
            var signature = StableHash()
            signature.combine(anyOf: holdings[number])
            signatures[number] = signature.value
        }
        return Ending(
            payments: machine.store.facts(state.store).payments, holdings: signatures[number] ?? 0)
    }

    private func number(ofHoldingsIn partners: Int32) -> Int32 {
        if let known = holdingsOfPartners[partners] { return known }
        let number = holdings.number(of: machine.partners[partners].holdings)
        holdingsOfPartners[partners] = number
        return number
    }

    private func ours(_ state: State, _ payments: UInt64) throws -> [OrderSnapshot] {
        if let known = snapshots[payments] { return known }
        guard case .transaction(let isReadOnly, let body) = machine.tree.effect(at: look) else {
            throw SchedulerError.lostProcess(Program.look.name)
        }
        let outcome = try machine.store.run(isReadOnly: isReadOnly, on: state.store, body)
        guard let orders = try outcome.result.get() as? [OrderSnapshot] else {
            throw SchedulerError.otherType(Program.look.name)
        }
        if snapshots.count >= Self.snapshotLimit { snapshots.removeAll() }
        snapshots[payments] = orders
        return orders
    }
}
