import OrderingCore

/// One possible next step of the ordering system.
enum OrderingStep: ExploredStep {
    /// What happens to a request, a publication or an acknowledgement.
    enum Fate: UInt8, Hashable, Sendable {
        case arrives
        /// It takes effect, and its answer or confirm is lost. An acknowledgement is lost itself.
        case answerLost
        /// It never arrives.
        case lost
    }

    /// The next effects of a process: up to `death` of them, after which its service crashes; 0 for none.
    case run(OrderingProcess, Fate, death: UInt8)
    /// A message begins to be received.
    case deliver(ServiceName, message: Int32, isStray: Bool, Fate, death: UInt8)
    case press(user: Int)
    case openBasket(user: Int)
    case deposit
    case crash(ServiceName)
    /// The clock advances to the next deadline, because no other step is possible.
    case wait
    /// The clock advances although other steps are possible.
    case pause

    enum Actor: Hashable, Sendable {
        case process(OrderingProcess)
        case user(Int)
        case crashing(ServiceName)
        case world
    }

    var actor: Actor {
        switch self {
        case .run(let process, _, _): .process(process)
        case .deliver(let service, _, _, _, _): .process(.receiver(service))
        case .press(let user), .openBasket(let user): .user(user)
        case .deposit: .user(0)
        case .crash(let service): .crashing(service)
        case .wait, .pause: .world
        }
    }

    var isFault: Bool {
        switch self {
        case .run(_, let fate, let death), .deliver(_, _, _, let fate, let death): fate != .arrives || death > 0
        case .crash, .pause: true
        case .press, .openBasket, .deposit, .wait: false
        }
    }
}
