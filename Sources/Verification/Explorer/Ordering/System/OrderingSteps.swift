import MessagingKit
import Ordering
import OrderingCore
import WorldKit

extension OrderingMachine {
    /// All possible next steps in a fixed order: first normal steps, then faults.
    func steps(from state: OrderingState) -> [OrderingStep] {
        let draft = OrderingDraft(self, state)
        if let repetition = repetition(in: draft) { return [repetition] }
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

    /// A delivery of what is in the inbox already: whatever comes first, it changes nothing.
    private func repetition(in draft: OrderingDraft) -> OrderingStep? {
        guard reductions.contains(.repetitions) else { return nil }
        for service in ServiceName.allCases
        where variant.decisions.receiving(service) == .stagedThenAcknowledged {
            let local = draft.service(service)
            guard local.receiver == nil, !local.queue.isEmpty || !local.strays.isEmpty else { continue }
            for (message, isStray) in deliverable(local) {
                guard let root = try? tree.root(.receive(service, messages[message]), at: draft.state.clock),
                    let outline = try? outline(
                        root, of: .receiver(service), on: local.store, at: draft.state.clock),
                    outline.end == local.store, outline.acknowledges
                else { continue }
                return .deliver(service, message: message, isStray: isStray, .good)
            }
        }
        return nil
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
        } else if stores[service.index].facts(local.store).unsent > 0,
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
        let clock = list.draft.state.clock
        func step(_ fate: OrderingStep.Fate) -> OrderingStep {
            .deliver(service, message: message, isStray: isStray, fate)
        }
        guard let root = try? tree.root(.receive(service, messages[message]), at: clock),
            var outline = try? outline(root, of: .receiver(service), on: local.store, at: clock)
        else { return list.steps.append(step(.good)) }
        var after = local
        after.store = outline.end
        if isHandledAtOnce(local, after, service, at: clock),
            let work = try? self.root(of: .worker(service), at: clock),
            let handling = try? self.outline(work, of: .worker(service), on: outline.end, at: clock)
        {
            outline.deaths += handling.deaths.map { $0 + UInt8(outline.count) }
            outline.publishes = outline.publishes || handling.publishes
        }
        add(outline, to: &list, step)
    }

    private func add(_ process: OrderingProcess, _ place: ProcessPlace, to list: inout StepList) {
        let local = list.draft.service(process.service)
        guard canContinue(place, process, local, at: list.draft.state.clock) else {
            // A client may stop waiting.
            if case .client = process, !place.isAsking, list.draft.canSpend(.lostAnswers) {
                list.faults.append(.run(process, .init(faults: .answerLost)))
            }
            return
        }
        add(process, place.node, local, to: &list) { .run(process, $0) }
    }

    private func add(
        _ process: OrderingProcess, _ node: OrderingTree.Node, _ local: ServiceState, to list: inout StepList,
        _ step: (OrderingStep.Fate) -> OrderingStep
    ) {
        let clock = list.draft.state.clock
        guard var outline = try? outline(node, of: process, on: local.store, at: clock) else {
            return list.steps.append(step(.good))
        }
        // What the service that is asked publishes at once.
        if let request = outline.request, let root = try? tree.root(.serve(request), at: clock) {
            let target = request.endpoint.service
            let asked = list.draft.service(target)
            let answering = try? self.outline(root, of: .server(target, 0), on: asked.store, at: clock)
            outline.publishes = answering?.publishes ?? false
        }
        add(outline, to: &list, step)
    }

    /// A step with everything that may go wrong in it, alone and together.
    private func add(_ outline: Outline, to list: inout StepList, _ step: (OrderingStep.Fate) -> OrderingStep) {
        list.steps.append(step(.good))
        let draft = list.draft
        var (inside, outside): ([OrderingStep.Faults], [OrderingStep.Faults]) = ([[]], [[]])
        if outline.request != nil {
            if draft.canSpend(.lostAnswers) { inside.append(.answerLost) }
            if draft.canSpend(.lostRequests) { inside.append(.requestLost) }
            if draft.canSpend(.crashes) { inside.append(.serverDeath) }
        }
        if outline.acknowledges, draft.canSpend(.duplicates) { inside.append(.ackLost) }
        if outline.waits, draft.canSpend(.lostAnswers) { inside.append(.answerLost) }
        if outline.publishes {
            if draft.canSpend(.lostConfirms) { outside.append(.confirmLost) }
            if draft.canSpend(.lostRequests) { outside.append(.publicationLost) }
            if draft.canSpend(.crashes) { outside.append(.unconfirmedDeath) }
        }
        for one in inside {
            for other in outside where !one.union(other).isEmpty {
                if one == .requestLost, !other.isEmpty { continue }
                list.faults.append(step(.init(faults: one.union(other))))
            }
        }
        guard draft.canSpend(.crashes) else { return }
        for one in inside where one.isEmpty || one == .ackLost {
            list.faults += outline.deaths.map { step(.init(faults: one, death: $0)) }
        }
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
        for user in clients.presses.indices where Int(clients.presses[user]) < scenario.presses {
            // Users who differ in their names only begin in the order of their names.
            let mustWait =
                reductions.contains(.symmetry) && scenario.deposits == 0 && clients.presses[user] == 0
                && clients.presses[..<user].contains(0)
            if !mustWait {
                addRequest(.press(user: user, number: Int(clients.presses[user]) + 1), to: &list) {
                    .press(user: user, $0)
                }
            }
        }
        if Int(clients.deposits) < scenario.deposits {
            addRequest(.deposit(user: 0, number: Int(clients.deposits) + 1), to: &list) { .deposit($0) }
        }
    }

    private func addRequest(
        _ program: OrderingProgram, to list: inout StepList, _ step: (OrderingStep.Fate) -> OrderingStep
    ) {
        guard let root = try? tree.root(program, at: list.draft.state.clock) else { return }
        let client = OrderingProcess.client(number(ofClient: program))
        add(client, root, list.draft.service(.gateway), to: &list, step)
    }
}
