import Ordering
import OrderingCore

extension OrderingMachine {
    func die(_ service: ServiceName, _ draft: inout OrderingDraft) throws {
        note(service, "crashes")
        draft.spend(.crashes)
        try crash(service, &draft)
    }

    /// A service loses what it has in memory, and starts again: its requests and those it handles are broken off, what
    /// it has not acknowledged stays at the broker, and its leases are returned.
    func crash(_ service: ServiceName, _ draft: inout OrderingDraft) throws {
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
