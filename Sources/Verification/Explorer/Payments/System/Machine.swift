import EncodingKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import SQLKit
import WorldKit

/// The whole system as a state machine: the possible steps of a state, and the resulting states.
///
/// Production code, its SQL and the partners' rules are deterministic between two effects, so that the result of an
/// effect on a store or the partners is computed once and cached.
final class Machine: ExploredSystem {
    let scenario: Scenario
    let variant: Variant
    let tree: ProcessTree
    let store: StoreVersions
    let isSymmetric: Bool
    /// Whether transactions overlap only where overlapping makes a difference.
    let reducesOverlaps: Bool
    private let remembers: Bool
    let transactions: ProcessTransactions<Program, Effect, String, StoreVersions.Facts>
    private(set) var partners = Numbering<PartnerKnowledge>()
    private(set) var reports = Numbering<PaymentCallback>()
    private var reportSignatures: [UInt64] = []
    /// The possible decisions of a bank or a guest, where computed.
    private var decisions: [Int32: [Step]] = [:]
    private var questions: [QuestionKey: QuestionResult] = [:]
    private(set) var start: State

    static let startTime = Instant(microseconds: 1_773_489_600_000_000)
    /// What is not done by then, long after the order's expiry, would wait forever.
    let horizon: Instant

    struct QuestionKey: Hashable {
        let node: ProcessTree.Node
        let partners: Int32
        let clock: Instant
        let fate: Step.Fate
    }

    struct QuestionResult {
        let child: ProcessTree.Node
        let partners: Int32
        let reports: [Int32]
        let partner: Partner
    }

    init(_ variant: Variant, _ scenario: Scenario, _ reductions: Reductions) throws {
        self.variant = variant
        self.scenario = scenario
        isSymmetric = reductions.contains(.symmetry)
        reducesOverlaps = reductions.contains(.overlaps)
        remembers = reductions.contains(.memory)
        horizon = Self.startTime.advanced(
            bySeconds:
                variant.settings.orderTTLSeconds + Double(scenario.faults + 2) * Variant.retrySeconds)
        tree = ProcessTree(variant, scenario)
        store = try StoreVersions(forgets: reductions.contains(.forgetting))
        transactions = ProcessTransactions(tree, store.versions, remembers: remembers)
        var settings = SandboxSettings()
        settings.receiptDelaySeconds = 0
        settings.slowCardSeconds = 60
        start = State(
            store: 0, partners: partners.number(of: PartnerKnowledge(settings)), clock: Self.startTime,
            workers: Array(repeating: State.Worker(), count: scenario.workers),
            presses: Array(repeating: 0, count: scenario.users))
        var node = try tree.root(.setUp, at: start.clock)
        while tree.effect(at: node) != nil {
            var footprint = Footprint()
            node = try execute(node, .answered, on: &start, &footprint)
        }
    }

    // MARK: Effects

    /// Executes the effect that `node` waits for and returns the next node of the process.
    func execute(
        _ node: ProcessTree.Node, _ fate: Step.Fate, on state: inout State, _ footprint: inout Footprint
    ) throws -> ProcessTree.Node {
        switch tree.effect(at: node) {
        case .transaction:
            let result = try transactions.run(node, on: state.store, at: state.clock)
            state.store = result.version
            footprint.addTables(touched: result.touched, changed: result.changed)
            interrupt(by: result.written, &state)
            return result.child
        case .question(let action, let body):
            let result = try question(node, action, body, fate, state)
            footprint.addPartner(result.partner, isChanged: result.partners != state.partners)
            if fate == .answerLost {
                state.spent.lostAnswers += 1
                footprint.add(.lostAnswers)
            } else if fate == .questionLost {
                state.spent.lostQuestions += 1
                footprint.add(.lostQuestions)
            }
            state.partners = result.partners
            for report in result.reports { state.reports.insertSorted(report) }
            return result.child
        case nil:
            return node
        }
    }

    /// The next node of the process at `node`, from a state.
    func child(of node: ProcessTree.Node, _ fate: Step.Fate, in state: State) throws -> ProcessTree.Node {
        var (state, footprint) = (state, Footprint())
        return try execute(node, fate, on: &state, &footprint)
    }

    private func question(
        _ node: ProcessTree.Node, _ action: PartnerAction,
        _ body: (inout PartnerKnowledge, Instant) throws -> PartnerReply<any Sendable>, _ fate: Step.Fate,
        _ state: State
    ) throws -> QuestionResult {
        let key = QuestionKey(node: node, partners: state.partners, clock: state.clock, fate: fate)
        if remembers, let known = questions[key] { return known }
        var knowledge = partners[state.partners]
        var callbacks: [PaymentCallback] = []
        var result: Result<any Sendable, any Error> = .failure(action.error(.unreachable, "the question was lost"))
        if fate != .questionLost {
            let reply = Result { try body(&knowledge, state.clock) }
            callbacks = (try? reply.get().callbacks) ?? []
            result = Result { try action.answer(to: reply) }
        }
        if fate == .answerLost { result = .failure(action.error(.timedOut, "the answer was lost")) }
        let found = QuestionResult(
            child: try tree.child(of: node, Answer(result, clock: state.clock)),
            partners: partners.number(of: knowledge), reports: callbacks.map { self.number(of: $0) },
            partner: action.partner)
        questions[key] = found
        return found
    }
}

extension Machine {
    /// Ids used by processes and partners, with readable names.
    var names: [(id: String, name: String)] {
        (0..<scenario.users).map { guest in
            let uid = "guest-\(guest + 1)"
            return (
                EdaOrderID.derive(orderID: "order-1", uid: uid, service: variant.settings.service), "\(uid)'s invoice"
            )
        }
    }

    func number(of report: PaymentCallback) -> Int32 {
        let number = reports.number(of: report)
        if number == reportSignatures.count {
            var signature = StableHash()
            signature.combine(anyOf: report)
            reportSignatures.append(signature.value)
        }
        return number
    }

    /// Identifies a report, the same in every run.
    func signature(ofReport number: Int32) -> UInt64 { reportSignatures[Int(number)] }

    /// The possible decisions of a bank or a guest in a state of the partners.
    func decisions(on number: Int32) -> [Step] {
        if let known = decisions[number] { return known }
        let steps = partners[number].possibleDecisions
        decisions[number] = steps
        return steps
    }

    func change(_ number: Int32, _ body: (inout PartnerKnowledge) throws -> [PaymentCallback]) rethrows -> (
        partners: Int32, reports: [Int32]
    ) {
        var knowledge = partners[number]
        let callbacks = try body(&knowledge)
        return (partners.number(of: knowledge), callbacks.map { self.number(of: $0) })
    }
}

/// Distinct values by number.
struct Numbering<Value: Hashable> {
    private var numbers: [Value: Int32] = [:]
    private var values: [Value] = []

    mutating func number(of value: Value) -> Int32 {
        if let known = numbers[value] { return known }
        let number = Int32(values.count)
        numbers[value] = number
        values.append(value)
        return number
    }

    subscript(number: Int32) -> Value { values[Int(number)] }
    var count: Int { values.count }
}
