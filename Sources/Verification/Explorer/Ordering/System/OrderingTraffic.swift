import MessagingKit
import Ordering
import OrderingCore

/// What goes from one service to another.
extension OrderingMachine {
    /// A process makes a request.
    func ask(
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
    func serve(
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

    func publish(
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

    func acknowledge(_ process: OrderingProcess, _ faults: OrderingStep.Faults, _ draft: inout OrderingDraft) {
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

    func finish(
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
    func resume(
        _ process: OrderingProcess, _ result: Result<any Sendable, any Error>, _ draft: inout OrderingDraft
    ) throws {
        guard let place = draft.place(of: process), place.isAsking else { return }
        draft.set(
            process,
            to: ProcessPlace(node: try tree.child(of: place.node, Answer(result, clock: draft.state.clock))))
    }
}

extension Result where Success == OrderingOutcome {
    fileprivate var serviceAnswer: ServiceAnswer? {
        if case .success(.answer(let answer)) = self { answer } else { nil }
    }
}
