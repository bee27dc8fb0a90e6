import OrderingCore

/// A state that is being changed, and what its changes depend on.
struct OrderingDraft {
    let machine: OrderingMachine
    var state: OrderingState
    var footprint = Footprint()

    init(_ machine: OrderingMachine, _ state: OrderingState) {
        self.machine = machine
        self.state = state
    }

    // MARK: Services

    func service(_ service: ServiceName) -> ServiceState { machine.services[state.parts[service.index]] }

    mutating func change(_ service: ServiceName, _ body: (inout ServiceState) -> Void) {
        var local = machine.services[state.parts[service.index]]
        body(&local)
        state.parts[service.index] = machine.number(of: local)
    }

    // MARK: Clients

    static let clientsPart = 6

    var clients: ClientsState { machine.crowds[state.parts[Self.clientsPart]] }

    mutating func changeClients(_ body: (inout ClientsState) -> Void) {
        var crowd = clients
        body(&crowd)
        state.parts[Self.clientsPart] = machine.number(of: crowd)
    }

    // MARK: Processes

    func place(of process: OrderingProcess) -> ProcessPlace? {
        switch process {
        case .client(let number): clients.active.first { $0.number == number }?.place
        case .worker(let service): self.service(service).worker
        case .relay(let service): self.service(service).relay
        case .receiver(let service): self.service(service).receiver?.place
        case .server(let service, let slot): self.service(service).server(slot)?.place
        }
    }

    /// - Parameter place: nil when the process has ended.
    mutating func set(_ process: OrderingProcess, to place: ProcessPlace?) {
        switch process {
        case .client(let number):
            changeClients { clients in
                clients.active.removeAll { $0.number == number }
                guard let place else { return }
                let index = clients.active.firstIndex { $0.number > number } ?? clients.active.endIndex
                clients.active.insert(.init(number: number, place: place), at: index)
            }
        case .worker(let service): change(service) { $0.worker = place }
        case .relay(let service): change(service) { $0.relay = place }
        case .receiver(let service):
            change(service) { local in
                if let place { local.receiver?.place = place } else { local.receiver = nil }
            }
        case .server(let service, let slot):
            footprint.add(writes: OrderingFootprint.servers(service))
            change(service) { local in
                if let place {
                    local.servers[slot]?.place = place
                } else {
                    local.servers[slot] = nil
                    while local.servers.last == .some(nil) { local.servers.removeLast() }
                }
            }
        }
    }

    // MARK: Faults

    func canSpend(_ fault: OrderingState.Fault) -> Bool {
        Int(state.spent[fault.rawValue]) < machine.scenario.budget(of: fault)
    }

    mutating func spend(_ fault: OrderingState.Fault) {
        state.spent[fault.rawValue] += 1
        footprint.add(writes: OrderingFootprint.budget(fault))
    }
}

/// What the places of a ``Footprint`` stand for.
enum OrderingFootprint {
    static func store(_ service: ServiceName) -> UInt64 { 1 << UInt64(service.index) }
    static func queue(_ service: ServiceName) -> UInt64 { 1 << UInt64(8 + service.index) }
    static func servers(_ service: ServiceName) -> UInt64 { 1 << UInt64(16 + service.index) }
    /// What a service has in memory: a crash writes it, every step of its processes reads it.
    static func memory(_ service: ServiceName) -> UInt64 { 1 << UInt64(32 + service.index) }
    static func budget(_ fault: OrderingState.Fault) -> UInt64 { 1 << UInt64(24 + fault.rawValue) }
}

extension ServiceState {
    func server(_ slot: Int) -> Server? { servers.indices.contains(slot) ? servers[slot] : nil }
}

extension OrderingScenario {
    func budget(of fault: OrderingState.Fault) -> Int {
        switch fault {
        case .duplicates: duplicates
        case .lostConfirms: lostConfirms
        case .lostAnswers: lostAnswers
        case .lostRequests: lostRequests
        case .crashes: crashes
        case .pauses: pauses
        }
    }
}
