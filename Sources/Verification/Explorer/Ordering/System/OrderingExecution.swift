import MessagingKit
import Ordering
import OrderingCore
import WorldKit

extension OrderingMachine {
    /// The resulting state of a step, and its footprint.
    func execute(_ step: OrderingStep, from state: OrderingState) throws -> (state: OrderingState, footprint: Footprint)
    {
        var draft = OrderingDraft(self, state)
        switch step {
        case .run(let process, let fate): try advance(process, fate, &draft)
        case .deliver(let service, let message, let isStray, let fate):
            try deliver(message, isStray, to: service, fate, &draft)
        case .press(let user, let fate):
            draft.changeClients { $0.presses[user] += 1 }
            try begin(.press(user: user, number: Int(draft.clients.presses[user])), fate, &draft)
        case .deposit(let fate):
            draft.changeClients { $0.deposits += 1 }
            try begin(.deposit(user: 0, number: Int(draft.clients.deposits)), fate, &draft)
        case .crash(let service):
            draft.spend(.crashes)
            try crash(service, &draft)
        case .wait, .pause:
            draft.footprint.addEverything()
            if step == .pause { draft.spend(.pauses) }
            if let deadline = nextDeadline(state) { draft.state.clock = deadline }
        }
        return (draft.state, draft.footprint)
    }

    /// Starts what a client asks for and runs it through its first effects.
    func begin(_ program: OrderingProgram, _ fate: OrderingStep.Fate, _ draft: inout OrderingDraft) throws {
        let client = OrderingProcess.client(number(ofClient: program))
        draft.set(client, to: ProcessPlace(node: try tree.root(program, at: draft.state.clock)))
        try advance(client, fate, &draft)
    }

    /// A message is received. Receiving it earlier than it is handled makes no difference, so that an idle worker
    /// handles it at once, unless it has other tasks.
    private func deliver(
        _ message: Int32, _ isStray: Bool, to service: ServiceName, _ fate: OrderingStep.Fate,
        _ draft: inout OrderingDraft
    ) throws {
        let clock = draft.state.clock
        let root = try tree.root(.receive(service, messages[message]), at: clock)
        let before = draft.service(service)
        draft.footprint.add(writes: OrderingFootprint.queue(service))
        draft.change(service) {
            $0.receiver = .init(place: ProcessPlace(node: root), message: message, isStray: isStray)
        }
        guard let count = try advance(.receiver(service), fate, &draft) else { return }
        let after = draft.service(service)
        guard isHandledAtOnce(before, after, service, at: clock) else { return }
        let rest = OrderingStep.Fate(
            faults: fate.faults.intersection(.ofPublications),
            death: Int(fate.death) > count ? fate.death - UInt8(count) : 0)
        try advance(.worker(service), rest, &draft)
    }

    /// Whether the worker handles what was received between two states of its service.
    func isHandledAtOnce(
        _ before: ServiceState, _ after: ServiceState, _ service: ServiceName, at clock: Instant
    ) -> Bool {
        reductions.contains(.atomicity) && before.worker == nil && after.receiver == nil
            && !isDue(before, service, at: clock) && isDue(after, service, at: clock)
    }

    /// Whether what was decided between two contents of a service's store is published at once: a publication makes
    /// deliveries possible and prevents nothing, so that publishing it later makes no difference but that they are
    /// later too.
    func isPublishedAtOnce(_ before: Stores.Version, _ after: Stores.Version, _ service: ServiceName) -> Bool {
        let stores = stores[service.index]
        return reductions.contains(.atomicity) && stores.facts(before).unsent == 0 && stores.facts(after).unsent == 1
    }

    /// Where an idle worker or relay begins.
    func root(of process: OrderingProcess, at clock: Instant) throws -> OrderingTree.Node? {
        switch process {
        case .worker(let service): try tree.root(.work(service), at: clock)
        case .relay(let service): try tree.root(.relay(service), at: clock)
        case .client, .receiver, .server: nil
        }
    }

    /// Runs the next effects of a process: one that matters to others, and with it those that do not.
    /// - Returns: how many they were; nil when its service has crashed.
    @discardableResult
    private func advance(
        _ process: OrderingProcess, _ fate: OrderingStep.Fate, _ draft: inout OrderingDraft
    ) throws -> Int? {
        let (clock, service) = (draft.state.clock, process.service)
        draft.footprint.add(reads: OrderingFootprint.memory(service))
        let before = draft.service(service).store
        guard var node = try draft.place(of: process)?.node ?? root(of: process, at: clock) else { return 0 }
        var (count, hasActed) = (0, false)
        func answer(_ result: Result<any Sendable, any Error>) throws {
            node = try tree.child(of: node, Answer(result, clock: clock))
        }
        walk: while let effect = tree.effect(at: node) {
            if count > 0 {
                if count == Int(fate.death) {
                    try die(service, &draft)
                    return nil
                }
                if !reductions.contains(.atomicity) { break }
            }
            switch effect {
            case .transaction(_, let isReadOnly, let body):
                let store = draft.service(service).store
                let result = try transaction(node, service, isReadOnly, body, on: store, at: clock)
                let isMover = isMover(result, isReadOnly, of: process)
                if hasActed, !isMover { break walk }
                hasActed = hasActed || !isMover
                take(result, of: service, &draft)
                node = result.child
            case .request(let request):
                if hasActed { break walk }
                hasActed = true
                note(service, "asks \(request.endpoint.service.rawValue) for \(request.endpoint.rawValue)")
                draft.set(process, to: ProcessPlace(node: node, isAsking: true))
                try ask(request, for: process, fate.faults, &draft)
                guard let place = draft.place(of: process), !place.isAsking else { return count + 1 }
                node = place.node
            case .publish(let message):
                if hasActed { break walk }
                hasActed = true
                try answer(.success(publish(message, by: service, fate.faults, &draft)))
                if fate.faults.contains(.unconfirmedDeath) {
                    try die(service, &draft)
                    return nil
                }
            case .acknowledge:
                hasActed = true
                acknowledge(process, fate.faults, &draft)
                try answer(.success(true))
            case .news(let service):
                if hasActed { break walk }
                draft.footprint.add(reads: OrderingFootprint.store(service))
                var isOver = false
                if fate.faults.contains(.answerLost), case .client = process {
                    note(.gateway, "waits no longer")
                    draft.spend(.lostAnswers)
                    isOver = true
                }
                try answer(.success(!isOver))
            }
            count += 1
        }
        if tree.effect(at: node) == nil {
            try finish(process, at: node, fate.faults, &draft)
        } else {
            draft.set(process, to: ProcessPlace(node: node))
        }
        return try publishAtOnce(process, since: before, fate.faults, &draft) ? count : nil
    }

    private func take(_ result: TransactionResult, of service: ServiceName, _ draft: inout OrderingDraft) {
        let store = draft.service(service).store
        draft.footprint.add(reads: OrderingFootprint.store(service))
        guard result.version != store else { return }
        for words in changes(of: service, from: store, to: result.version, isWanted: trace != nil) {
            note(service, words)
        }
        draft.footprint.add(writes: OrderingFootprint.store(service))
        draft.change(service) { $0.store = result.version }
    }

    /// - Returns: false when the service has crashed.
    private func publishAtOnce(
        _ process: OrderingProcess, since before: Stores.Version, _ faults: OrderingStep.Faults,
        _ draft: inout OrderingDraft
    ) throws -> Bool {
        if case .relay = process { return true }
        let local = draft.service(process.service)
        guard local.relay == nil, isPublishedAtOnce(before, local.store, process.service) else { return true }
        let fate = OrderingStep.Fate(faults: faults.intersection(.ofPublications))
        return try advance(.relay(process.service), fate, &draft) != nil
    }

    /// A process makes a request.
    private func ask(
        _ request: ServiceRequest, for process: OrderingProcess, _ faults: OrderingStep.Faults,
        _ draft: inout OrderingDraft
    ) throws {
        let target = request.endpoint.service
        let ofPublications = faults.intersection(.ofPublications)
        if faults.contains(.requestLost) {
            note(process.service, "which does not arrive")
            draft.spend(.lostRequests)
        } else if faults.contains(.serverDeath) {
            try serve(request, for: nil, ofPublications, &draft)
            // The same crash may have come when the message was published.
            if !faults.contains(.unconfirmedDeath) { try die(target, &draft) }
        } else if faults.contains(.answerLost) {
            try serve(request, for: nil, ofPublications, &draft)
            note(process.service, "the answer is lost")
            draft.spend(.lostAnswers)
        } else {
            return try serve(request, for: process, ofPublications, &draft)
        }
        try resume(process, .failure(ServiceUnreachable(target)), &draft)
    }

    /// A request arrives.
    private func serve(
        _ request: ServiceRequest, for caller: OrderingProcess?, _ faults: OrderingStep.Faults,
        _ draft: inout OrderingDraft
    ) throws {
        let service = request.endpoint.service
        let servers = draft.service(service).servers
        let slot = servers.firstIndex { $0 == nil } ?? servers.endIndex
        let server = ServiceState.Server(
            place: ProcessPlace(node: try tree.root(.serve(request), at: draft.state.clock)), caller: caller)
        draft.footprint.add(writes: OrderingFootprint.servers(service))
        draft.change(service) { local in
            if slot == local.servers.endIndex { local.servers.append(nil) }
            local.servers[slot] = server
        }
        try advance(.server(service, slot), .init(faults: faults), &draft)
    }

    private func publish(
        _ message: Message, by sender: ServiceName, _ faults: OrderingStep.Faults, _ draft: inout OrderingDraft
    ) -> PublishOutcome {
        let receivers = receivers(of: message)
        note(
            sender,
            "publishes \(message.type)"
                + (receivers.isEmpty ? "" : " to " + receivers.map(\.rawValue).joined(separator: " and ")))
        if receivers.isEmpty { return .returned(reason: "no queue") }
        if !faults.contains(.publicationLost) {
            let number = number(of: message)
            for service in receivers {
                draft.footprint.add(writes: OrderingFootprint.queue(service))
                draft.change(service) { local in
                    let lane = lane(of: number)
                    let index = local.queue.firstIndex { self.lane(of: $0) > lane } ?? local.queue.endIndex
                    local.queue.insert(number, at: index)
                }
            }
        }
        if faults.contains(.confirmLost) {
            note(sender, "the confirm is lost")
            draft.spend(.lostConfirms)
            return .unknown(reason: "no confirm")
        }
        if faults.contains(.publicationLost) {
            note(sender, "which does not arrive")
            draft.spend(.lostRequests)
            return .unknown(reason: "no connection")
        }
        return .confirmed
    }

    /// The services that subscribe to a message, in their order.
    func receivers(of message: Message) -> [ServiceName] {
        guard let type = MessageType(rawValue: message.type) else { return [] }
        return ServiceName.allCases.filter { style.subscriptions[$0]?[type] != nil }
    }

    private func acknowledge(_ process: OrderingProcess, _ faults: OrderingStep.Faults, _ draft: inout OrderingDraft) {
        guard case .receiver(let service) = process else { return }
        draft.footprint.add(writes: OrderingFootprint.queue(service))
        let isLost = faults.contains(.ackLost)
        if isLost {
            note(service, "the acknowledgement is lost")
            draft.spend(.duplicates)
        }
        draft.change(service) { local in
            guard let receiver = local.receiver, !receiver.isAcknowledged else { return }
            local.receiver?.isAcknowledged = true
            if !receiver.isStray {
                local.queue.removeFirst(receiver.message)
                if isLost { local.strays.insertSorted(receiver.message) }
            } else if !isLost {
                local.strays.removeFirst(receiver.message)
            }
        }
    }

    private func finish(
        _ process: OrderingProcess, at node: OrderingTree.Node, _ faults: OrderingStep.Faults,
        _ draft: inout OrderingDraft
    ) throws {
        switch (process, tree.outcome(of: node)) {
        case (.client, .success(.order(let answer))?):
            draft.set(process, to: nil)
            note(.gateway, "answers \(answer.status)")
            let number = number(of: answer)
            draft.changeClients { clients in
                if !clients.answers.contains(number) { clients.answers.insertSorted(number) }
            }
        case (.server(let service, let slot), let outcome):
            let caller = draft.service(service).server(slot)?.caller
            draft.set(process, to: nil)
            guard let caller else { return }
            let answer = outcome?.serviceAnswer ?? ServiceAnswer(500, code: "error")
            let isLost = faults.contains(.answerLost)
            if isLost { draft.spend(.lostAnswers) }
            note(service, "answers \(answer.status)" + (isLost ? ", which is lost" : ""))
            try resume(caller, isLost ? .failure(ServiceUnreachable(service)) : .success(answer), &draft)
        default: draft.set(process, to: nil)
        }
    }

    /// Gives a process the answer to its request.
    private func resume(
        _ process: OrderingProcess, _ result: Result<any Sendable, any Error>, _ draft: inout OrderingDraft
    ) throws {
        guard let place = draft.place(of: process), place.isAsking else { return }
        draft.set(
            process,
            to: ProcessPlace(node: try tree.child(of: place.node, Answer(result, clock: draft.state.clock))))
    }

    // MARK: Crashes

    private func die(_ service: ServiceName, _ draft: inout OrderingDraft) throws {
        note(service, "crashes")
        draft.spend(.crashes)
        try crash(service, &draft)
    }

    /// A service loses what it has in memory, and starts again: its requests and those it handles are broken off, what
    /// it has not acknowledged stays at the broker, and its leases are returned.
    private func crash(_ service: ServiceName, _ draft: inout OrderingDraft) throws {
        draft.footprint.add(
            writes: OrderingFootprint.memory(service) | OrderingFootprint.store(service)
                | OrderingFootprint.servers(service) | OrderingFootprint.queue(service))
        let callers = draft.service(service).servers.compactMap { $0?.caller }
        draft.change(service) { local in
            (local.worker, local.relay, local.receiver, local.servers) = (nil, nil, nil, [])
        }
        if service == .gateway { draft.changeClients { $0.active = [] } }
        for other in ServiceName.allCases {
            for (slot, server) in draft.service(other).servers.enumerated() where server?.caller?.service == service {
                draft.footprint.add(writes: OrderingFootprint.servers(other))
                draft.change(other) { $0.servers[slot]?.caller = nil }
            }
        }
        for caller in callers where caller.service != service {
            try resume(caller, .failure(ServiceUnreachable(service)), &draft)
        }
        var node = try tree.root(.rescue(service), at: draft.state.clock)
        while case .transaction(_, let isReadOnly, let body)? = tree.effect(at: node) {
            let result = try transaction(
                node, service, isReadOnly, body, on: draft.service(service).store, at: draft.state.clock)
            draft.change(service) { $0.store = result.version }
            node = result.child
        }
    }
}

extension Result where Success == OrderingOutcome {
    fileprivate var serviceAnswer: ServiceAnswer? {
        if case .success(.answer(let answer)) = self { answer } else { nil }
    }
}
