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
        case .run(let process, let fate, let death): try advance(process, fate, death, &draft)
        case .deliver(let service, let message, let isStray, let fate, let death):
            let root = try tree.root(.receive(service, messages[message]), at: state.clock)
            draft.footprint.add(writes: OrderingFootprint.queue(service))
            draft.change(service) {
                $0.receiver = .init(place: ProcessPlace(node: root), message: message, isStray: isStray)
            }
            try advance(.receiver(service), fate, death, &draft)
        case .press(let user):
            draft.changeClients { $0.presses[user] += 1 }
            try begin(.press(user: user, number: Int(draft.clients.presses[user])), &draft)
        case .openBasket(let user):
            draft.changeClients { $0.baskets[user] += 1 }
            try begin(.openBasket(user: user, number: Int(draft.clients.baskets[user])), &draft)
        case .deposit:
            draft.changeClients { $0.deposits += 1 }
            try begin(.deposit(user: 0, number: Int(draft.clients.deposits)), &draft)
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
    func begin(_ program: OrderingProgram, _ draft: inout OrderingDraft) throws {
        let client = OrderingProcess.client(number(ofClient: program))
        draft.set(client, to: ProcessPlace(node: try tree.root(program, at: draft.state.clock)))
        try advance(client, .arrives, 0, &draft)
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
    /// - Parameters:
    ///   - fate: of what goes out of the service.
    ///   - death: after how many effects the service crashes; 0 for not at all.
    private func advance(
        _ process: OrderingProcess, _ fate: OrderingStep.Fate, _ death: UInt8, _ draft: inout OrderingDraft
    ) throws {
        let clock = draft.state.clock
        guard var node = try draft.place(of: process)?.node ?? root(of: process, at: clock) else { return }
        var (count, hasActed) = (0, false)
        func answer(_ result: Result<any Sendable, any Error>) throws {
            node = try tree.child(of: node, Answer(result, clock: clock))
        }
        walk: while let effect = tree.effect(at: node) {
            if count > 0 {
                if count == Int(death) {
                    note(process.service, "crashes")
                    draft.spend(.crashes)
                    return try crash(process.service, &draft)
                }
                if !reductions.contains(.atomicity) { break }
            }
            switch effect {
            case .transaction(let service, let isReadOnly, let body):
                let store = draft.service(service).store
                let result = try transaction(node, service, isReadOnly, body, on: store, at: clock)
                let isMover = isMover(result, isReadOnly, of: process)
                if hasActed, !isMover { break walk }
                hasActed = hasActed || !isMover
                draft.footprint.add(reads: OrderingFootprint.store(service))
                if result.version != store {
                    for words in changes(of: service, from: store, to: result.version, isWanted: trace != nil) {
                        note(service, words)
                    }
                    draft.footprint.add(writes: OrderingFootprint.store(service))
                    draft.change(service) { $0.store = result.version }
                }
                node = result.child
            case .request(let request):
                if hasActed { break walk }
                hasActed = true
                note(process.service, "asks \(request.endpoint.service.rawValue) for \(request.endpoint.rawValue)")
                if fate == .lost {
                    note(process.service, "which does not arrive")
                    draft.spend(.lostRequests)
                    try answer(.failure(ServiceUnreachable(request.endpoint.service)))
                } else {
                    draft.set(process, to: ProcessPlace(node: node, isAsking: true))
                    try serve(request, for: fate == .answerLost ? nil : process, &draft)
                    if fate == .answerLost {
                        note(process.service, "the answer is lost")
                        draft.spend(.lostAnswers)
                        try answer(.failure(ServiceUnreachable(request.endpoint.service)))
                    } else {
                        guard let place = draft.place(of: process), !place.isAsking else { return }
                        node = place.node
                    }
                }
            case .publish(let message):
                if hasActed { break walk }
                hasActed = true
                try answer(.success(publish(message, by: process.service, fate, &draft)))
            case .acknowledge:
                hasActed = true
                acknowledge(process, fate, &draft)
                try answer(.success(true))
            case .news(let service):
                if hasActed { break walk }
                draft.footprint.add(reads: OrderingFootprint.store(service))
                var isOver = false
                if fate == .answerLost, case .client = process {
                    note(.gateway, "waits no longer")
                    draft.spend(.lostAnswers)
                    isOver = true
                }
                try answer(.success(!isOver))
            }
            count += 1
        }
        if tree.effect(at: node) == nil {
            try finish(process, at: node, fate, &draft)
        } else {
            draft.set(process, to: ProcessPlace(node: node))
        }
    }

    /// A request arrives.
    private func serve(
        _ request: ServiceRequest, for caller: OrderingProcess?, _ draft: inout OrderingDraft
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
        try advance(.server(service, slot), .arrives, 0, &draft)
    }

    private func publish(
        _ message: Message, by sender: ServiceName, _ fate: OrderingStep.Fate, _ draft: inout OrderingDraft
    ) -> PublishOutcome {
        let receivers = receivers(of: message)
        note(
            sender,
            "publishes \(message.type)"
                + (receivers.isEmpty ? "" : " to " + receivers.map(\.rawValue).joined(separator: " and ")))
        if receivers.isEmpty { return .returned(reason: "no queue") }
        if fate != .lost {
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
        switch fate {
        case .arrives: return .confirmed
        case .answerLost:
            note(sender, "the confirm is lost")
            draft.spend(.lostConfirms)
            return .unknown(reason: "no confirm")
        case .lost:
            note(sender, "which does not arrive")
            draft.spend(.lostRequests)
            return .unknown(reason: "no connection")
        }
    }

    /// The services that subscribe to a message, in their order.
    func receivers(of message: Message) -> [ServiceName] {
        guard let type = MessageType(rawValue: message.type) else { return [] }
        return ServiceName.allCases.filter { style.subscriptions[$0]?[type] != nil }
    }

    private func acknowledge(_ process: OrderingProcess, _ fate: OrderingStep.Fate, _ draft: inout OrderingDraft) {
        guard case .receiver(let service) = process else { return }
        draft.footprint.add(writes: OrderingFootprint.queue(service))
        if fate == .answerLost {
            note(service, "the acknowledgement is lost")
            draft.spend(.duplicates)
        }
        draft.change(service) { local in
            guard let receiver = local.receiver, !receiver.isAcknowledged else { return }
            local.receiver?.isAcknowledged = true
            if !receiver.isStray {
                local.queue.removeFirst(receiver.message)
                if fate == .answerLost { local.strays.insertSorted(receiver.message) }
            } else if fate != .answerLost {
                local.strays.removeFirst(receiver.message)
            }
        }
    }

    private func finish(
        _ process: OrderingProcess, at node: OrderingTree.Node, _ fate: OrderingStep.Fate, _ draft: inout OrderingDraft
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
            if fate == .answerLost { draft.spend(.lostAnswers) }
            let answer = outcome?.serviceAnswer ?? ServiceAnswer(500, code: "error")
            note(service, "answers \(answer.status)" + (fate == .answerLost ? ", which is lost" : ""))
            try resume(
                caller, fate == .answerLost ? .failure(ServiceUnreachable(service)) : .success(answer), &draft)
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

    /// A service loses what it has in memory, and starts again: its requests and those it handles are broken off, what
    /// it has not acknowledged stays at the broker, and its leases are returned.
    private func crash(_ service: ServiceName, _ draft: inout OrderingDraft) throws {
        draft.footprint.addEverything()
        let callers = draft.service(service).servers.compactMap { $0?.caller }
        draft.change(service) { local in
            (local.worker, local.relay, local.receiver, local.servers) = (nil, nil, nil, [])
        }
        if service == .gateway { draft.changeClients { $0.active = [] } }
        for other in ServiceName.allCases {
            for (slot, server) in draft.service(other).servers.enumerated() where server?.caller?.service == service {
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
