import OrderingCore

extension OrderingMachine {
    private static let setUpLimit = 10_000

    /// Registers the users, with what they have at the start.
    func setUp() throws {
        var draft = OrderingDraft(self, start)
        let presses = [UInt8](repeating: 0, count: scenario.users)
        let local = number(of: ServiceState())
        for service in ServiceName.allCases { draft.state.parts[service.index] = local }
        draft.state.parts[OrderingDraft.clientsPart] = number(of: ClientsState(presses: presses))
        for user in 0..<scenario.users {
            try begin(.register(user: user), .good, &draft)
            try settle(&draft)
            if scenario.early == 0, scenario.balance > 0 {
                try begin(.deposit(user: user, number: 0), .good, &draft)
                try settle(&draft)
            }
            if scenario.repetition == .basket, scenario.fetches == 0 {
                try begin(.openBasket(user: user), .good, &draft)
                try settle(&draft)
            }
        }
        draft.changeClients { $0.active = [] }
        start = draft.state
    }

    /// Lets everything run to its end, but what billing has to learn of users who order early.
    private func settle(_ draft: inout OrderingDraft) throws {
        for _ in 0..<Self.setUpLimit {
            let next = steps(from: draft.state).first { step in
                switch step {
                case .run(_, .good): true
                case .deliver(let service, _, _, .good): scenario.early == 0 || service != .billing
                default: false
                }
            }
            guard let next else { return }
            draft.state = try execute(next, from: draft.state).state
        }
        throw SchedulerError.lostProcess("the set-up")
    }
}
