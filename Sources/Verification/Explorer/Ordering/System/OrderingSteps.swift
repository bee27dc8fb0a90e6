import MessagingKit
import Ordering
import OrderingCore
import WorldKit

extension OrderingMachine {
    /// All possible next steps in a fixed order: first normal steps, then faults.
    func steps(from state: OrderingState) -> [OrderingStep] {
        let draft = OrderingDraft(self, state)
        var list = StepList(draft: draft)
        for service in ServiceName.allCases { addSteps(of: service, to: &list) }
        for client in draft.clients.active { add(.client(client.number), client.place, to: &list) }
        let isUrgent = !list.steps.isEmpty
        addUsers(to: &list)
        if !isUrgent {
            if nextDeadline(state) != nil { list.steps.append(.wait) }
        } else if draft.canSpend(.pauses), nextDeadline(state) != nil {
            list.faults.append(.pause)
        }
        return list.steps + list.faults
    }

    private struct StepList {
        let draft: OrderingDraft
        var steps: [OrderingStep] = []
        var faults: [OrderingStep] = []
    }

    private func addSteps(of service: ServiceName, to list: inout StepList) {
        let clock = list.draft.state.clock
        let local = list.draft.service(service)
        if let place = local.worker {
            add(.worker(service), place, to: &list)
        } else if isDue(local, service, at: clock), let root = try? root(of: .worker(service), at: clock) {
            add(.worker(service), ProcessPlace(node: root), to: &list)
        }
        if let place = local.relay {
            add(.relay(service), place, to: &list)
        } else if stores[service.index].facts(local.store).hasUnsent,
            let root = try? root(of: .relay(service), at: clock)
        {
            add(.relay(service), ProcessPlace(node: root), to: &list)
        }
        if let receiver = local.receiver {
            add(.receiver(service), receiver.place, to: &list)
        } else {
            for (message, isStray) in deliverable(local) { addDelivery(message, isStray, service, local, to: &list) }
        }
        for (slot, server) in local.servers.enumerated() {
            if let server { add(.server(service, slot), server.place, to: &list) }
        }
        if list.draft.canSpend(.crashes), local.hasMemory || service == .gateway && !list.draft.clients.active.isEmpty {
            list.faults.append(.crash(service))
        }
    }

    func isDue(_ local: ServiceState, _ service: ServiceName, at clock: Instant) -> Bool {
        stores[service.index].facts(local.store).dues.first.map { $0 <= clock } ?? false
    }

    /// The first message of each lane, and those that come again, in an order independent of their numbers.
    private func deliverable(_ local: ServiceState) -> [(message: Int32, isStray: Bool)] {
        var found: [(message: Int32, isStray: Bool)] = []
        for (place, message) in local.queue.enumerated()
        where place == 0 || lane(of: local.queue[place - 1]) != lane(of: message) { found.append((message, false)) }
        for (place, message) in local.strays.enumerated() where place == 0 || local.strays[place - 1] != message {
            found.append((message, true))
        }
        guard found.count > 1 else { return found }
        return found.sorted { left, right in
            (messages[left.message].id, left.isStray ? 1 : 0) < (messages[right.message].id, right.isStray ? 1 : 0)
        }
    }

    private func addDelivery(
        _ message: Int32, _ isStray: Bool, _ service: ServiceName, _ local: ServiceState, to list: inout StepList
    ) {
        guard let root = try? tree.root(.receive(service, messages[message]), at: list.draft.state.clock) else {
            return
        }
        add(.receiver(service), root, local, to: &list) {
            .deliver(service, message: message, isStray: isStray, $0, death: $1)
        }
    }

    private func add(_ process: OrderingProcess, _ place: ProcessPlace, to list: inout StepList) {
        let local = list.draft.service(process.service)
        guard canContinue(place, process, local, at: list.draft.state.clock) else {
            // A client may stop waiting.
            if case .client = process, !place.isAsking, list.draft.canSpend(.lostAnswers) {
                list.faults.append(.run(process, .answerLost, death: 0))
            }
            return
        }
        add(process, place.node, local, to: &list) { .run(process, $0, death: $1) }
    }

    private func add(
        _ process: OrderingProcess, _ node: OrderingTree.Node, _ local: ServiceState, to list: inout StepList,
        _ step: (OrderingStep.Fate, UInt8) -> OrderingStep
    ) {
        list.steps.append(step(.arrives, 0))
        guard let outline = try? outline(node, of: process, in: local, at: list.draft.state.clock) else { return }
        switch outline.outward {
        case .request?:
            if list.draft.canSpend(.lostAnswers) { list.faults.append(step(.answerLost, 0)) }
            if list.draft.canSpend(.lostRequests) { list.faults.append(step(.lost, 0)) }
        case .publication?:
            if list.draft.canSpend(.lostConfirms) { list.faults.append(step(.answerLost, 0)) }
            if list.draft.canSpend(.lostRequests) { list.faults.append(step(.lost, 0)) }
        case .acknowledgement?:
            if list.draft.canSpend(.duplicates) { list.faults.append(step(.answerLost, 0)) }
        case .news?:
            if list.draft.canSpend(.lostAnswers) { list.faults.append(step(.answerLost, 0)) }
        case nil: break
        }
        if list.draft.canSpend(.crashes) { list.faults += outline.deaths.map { step(.arrives, $0) } }
    }

    /// Whether a process can take a step that changes something.
    ///
    /// One that waits for news is as if asleep until what it looks at would be different.
    func canContinue(
        _ place: ProcessPlace, _ process: OrderingProcess, _ local: ServiceState, at clock: Instant
    ) -> Bool {
        if place.isAsking { return false }
        guard case .news? = tree.effect(at: place.node) else { return true }
        do {
            let child = try tree.child(of: place.node, Answer(.success(true), clock: clock))
            guard case .transaction(let service, let isReadOnly, let body)? = tree.effect(at: child) else {
                return true
            }
            let result = try transaction(child, service, isReadOnly, body, on: local.store, at: clock)
            guard result.version == local.store, case .news? = tree.effect(at: result.child) else { return true }
            return false
        } catch {
            return true
        }
    }

    private func addUsers(to list: inout StepList) {
        let clients = list.draft.clients
        for user in clients.presses.indices {
            let isFirst = clients.presses[user] == 0 && clients.baskets[user] == 0
            // Users who differ in their names only begin in the order of their names.
            let mustWait =
                reductions.contains(.symmetry) && isFirst && scenario.deposits == 0
                && (0..<user).contains { clients.presses[$0] == 0 && clients.baskets[$0] == 0 }
            if mustWait { continue }
            if Int(clients.presses[user]) < scenario.presses { list.steps.append(.press(user: user)) }
            if Int(clients.baskets[user]) < scenario.baskets { list.steps.append(.openBasket(user: user)) }
        }
        if Int(clients.deposits) < scenario.deposits { list.steps.append(.deposit) }
    }

    /// When the next task is due that is not due yet.
    func nextDeadline(_ state: OrderingState) -> Instant? {
        ServiceName.allCases.compactMap { service in
            stores[service.index].facts(services[state.parts[service.index]].store).dues.first { $0 > state.clock }
        }.filter { $0 <= horizon }.min()
    }

    /// Whether everything has settled: only users can still act.
    func isQuiet(_ state: OrderingState) -> Bool {
        let draft = OrderingDraft(self, state)
        for service in ServiceName.allCases {
            let local = draft.service(service)
            guard local.worker == nil, local.relay == nil, local.receiver == nil, local.queue.isEmpty,
                local.strays.isEmpty, !isDue(local, service, at: state.clock),
                !stores[service.index].facts(local.store).hasUnsent
            else { return false }
            for (slot, server) in local.servers.enumerated() {
                if let server, canContinue(server.place, .server(service, slot), local, at: state.clock) {
                    return false
                }
            }
        }
        let gateway = draft.service(.gateway)
        for client in draft.clients.active
        where canContinue(client.place, .client(client.number), gateway, at: state.clock) { return false }
        return nextDeadline(state) == nil
    }

    // MARK: Preemptions

    /// The process that took the step, unless it has ended.
    func busy(
        after step: OrderingStep, from: OrderingState, to state: OrderingState, running: OrderingStep.Actor?
    ) -> OrderingStep.Actor? {
        switch step.actor {
        case .process(let process):
            OrderingDraft(self, state).place(of: process) == nil ? nil : .process(process)
        case .user, .crashing: nil
        case .world: running
        }
    }

    func isPreemption(_ step: OrderingStep, of running: OrderingStep.Actor) -> Bool {
        step.actor != running && step.actor != .world
    }
}
