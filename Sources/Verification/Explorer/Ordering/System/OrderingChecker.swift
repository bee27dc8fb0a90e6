import EncodingKit
import Ordering
package import OrderingCore

extension BrokenOrderingInvariant: BrokenStatement {}

/// Checks every invariant in every state. An invariant is checked once for each content of what it reads.
final class OrderingChecker: StateChecker {
    typealias System = OrderingMachine
    typealias Broken = BrokenOrderingInvariant

    /// Identifies a final state, the same in every run.
    struct Ending: Hashable, Sendable {
        /// What each service keeps.
        let records: SIMD8<UInt64>
        let answers: UInt64
    }

    private struct Traffic: Hashable {
        var effects: SIMD8<UInt64> = .zero
        var sent: SIMD8<UInt64> = .zero
    }

    private struct Content: Hashable {
        var stores: SIMD8<Int32> = .zero
        var answers: [Int32]
    }

    private let machine: OrderingMachine
    private var parts: [[ContentVersions<OrderingFacts>.Version: OrderingSnapshot]] = Array(
        repeating: [:], count: ServiceName.allCases.count)
    private var ofRecords: [Ending: [Broken]] = [:]
    private var ofTraffic: [Traffic: [Broken]] = [:]
    private var ofContract: [[UInt64: [Broken]]] = Array(repeating: [:], count: ServiceName.allCases.count)
    private var atRest: [Content: [Broken]] = [:]
    private let all: [OrderingInvariant]
    private let traffic: [OrderingInvariant]
    private let contract: [OrderingInvariant]
    private let records: [OrderingInvariant]

    init(_ machine: OrderingMachine) {
        self.machine = machine
        let all = machine.scenario.only.map { [$0] } ?? machine.variant.invariants
        self.all = all
        traffic = all.filter { $0 == .keyOrderKept }
        contract = all.filter { $0 == .contractKept }
        records = all.filter { $0 != .keyOrderKept && $0 != .contractKept && $0 != .nothingForgotten }
    }

    /// The number of distinct contents checked.
    var caseCount: Int {
        ofRecords.count + ofTraffic.count + atRest.count + ofContract.reduce(0) { $0 + $1.count }
    }

    func broken(in state: OrderingState) throws -> [Broken] {
        let draft = OrderingDraft(machine, state)
        let locals = ServiceName.allCases.map { draft.service($0) }
        let answers = draft.clients.answers
        if machine.isQuiet(state) {
            var content = Content(answers: answers)
            for (place, local) in locals.enumerated() { content.stores[place] = local.store }
            if let known = atRest[content] { return known }
            let broken = try snapshot(locals, answers).broken(isAtRest: true, checking: all)
            atRest[content] = broken
            return broken
        }
        var found: [Broken] = []
        let ending = ending(locals, answers)
        if let known = ofRecords[ending] {
            found = known
        } else {
            found = try snapshot(locals, answers).broken(isAtRest: false, checking: records)
            ofRecords[ending] = found
        }
        return try found + overtaken(locals) + outsideContract(locals)
    }

    private func overtaken(_ locals: [ServiceState]) throws -> [Broken] {
        guard !traffic.isEmpty else { return [] }
        var key = Traffic()
        for (place, local) in locals.enumerated() {
            let facts = machine.stores[place].facts(local.store)
            (key.effects[place], key.sent[place]) = (facts.effects, facts.sent)
        }
        if let known = ofTraffic[key] { return known }
        let broken = try snapshot(locals, []).broken(isAtRest: false, checking: traffic)
        ofTraffic[key] = broken
        return broken
    }

    private func outsideContract(_ locals: [ServiceState]) throws -> [Broken] {
        guard !contract.isEmpty else { return [] }
        var found: [Broken] = []
        for (place, local) in locals.enumerated() {
            let sent = machine.stores[place].facts(local.store).sent
            if let known = ofContract[place][sent] {
                found += known
                continue
            }
            var snapshot = OrderingSnapshot(style: machine.scenario.style)
            snapshot.sent = try part(place, local).sent
            let broken = snapshot.broken(isAtRest: false, checking: contract)
            ofContract[place][sent] = broken
            found += broken
        }
        return found
    }

    // MARK: Endings

    func ending(of state: OrderingState) -> Ending {
        let draft = OrderingDraft(machine, state)
        return ending(ServiceName.allCases.map { draft.service($0) }, draft.clients.answers)
    }

    private func ending(_ locals: [ServiceState], _ answers: [Int32]) -> Ending {
        var records: SIMD8<UInt64> = .zero
        for (place, local) in locals.enumerated() { records[place] = machine.stores[place].facts(local.store).records }
        // Answers are a set: the sum does not depend on the order in which they were numbered.
        let sum = answers.reduce(0 as UInt64) { sum, number in
            var hash = StableHash()
            hash.combine(anyOf: machine.answers[number])
            return sum &+ hash.mixed
        }
        return Ending(records: records, answers: sum)
    }

    // MARK: Snapshots

    private func snapshot(_ locals: [ServiceState], _ answers: [Int32]) throws -> OrderingSnapshot {
        var whole = OrderingSnapshot(style: machine.scenario.style)
        for (place, local) in locals.enumerated() {
            let part = try part(place, local)
            whole.accounts += part.accounts
            whole.entries += part.entries
            whole.payments += part.payments
            whole.baskets += part.baskets
            whole.orders += part.orders
            whole.accepted.formUnion(part.accepted)
            whole.refused.formUnion(part.refused)
            whole.moves += part.moves
            whole.notifications += part.notifications
            whole.pushEvents += part.pushEvents
            whole.sent += part.sent
            whole.effects += part.effects
            whole.work += part.work
        }
        whole.answers = answers.map { machine.answers[$0] }
        return whole
    }

    private func part(_ place: Int, _ local: ServiceState) throws -> OrderingSnapshot {
        if let known = parts[place][local.store] { return known }
        let service = ServiceName.allCases[place]
        let style = machine.scenario.style
        let part = try machine.stores[place].read(local.store) { connection in
            var part = OrderingSnapshot(style: style)
            try part.add(connection, of: service)
            return part
        }
        parts[place][local.store] = part
        return part
    }
}
