import Ordering
import OrderingCore
import WorldKit

extension OrderingMachine {
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
            // One that waits for an answer that cannot come is at rest too.
            let isAtWork = local.worker.map { canContinue($0, .worker(service), local, at: state.clock) }
            guard !(isAtWork ?? isDue(local, service, at: state.clock)), local.relay == nil, local.receiver == nil,
                local.queue.isEmpty, local.strays.isEmpty, stores[service.index].facts(local.store).unsent == 0
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
