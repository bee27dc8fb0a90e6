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
    func advance(
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
}
