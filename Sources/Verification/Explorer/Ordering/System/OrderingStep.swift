import OrderingCore

/// One possible next step of the ordering system.
enum OrderingStep: ExploredStep {
    /// What goes wrong in a step.
    struct Faults: OptionSet, Hashable, Sendable {
        let rawValue: UInt8

        /// A request takes effect, and its answer is lost; or a client stops waiting.
        static let answerLost = Faults(rawValue: 1)
        /// A request never arrives.
        static let requestLost = Faults(rawValue: 2)
        /// The service that handles a request crashes before it answers.
        static let serverDeath = Faults(rawValue: 4)
        /// An acknowledgement is lost.
        static let ackLost = Faults(rawValue: 8)
        /// A publication arrives, and its confirm is lost.
        static let confirmLost = Faults(rawValue: 16)
        /// A publication never arrives.
        static let publicationLost = Faults(rawValue: 32)
        /// A service crashes when it has published and is not confirmed.
        static let unconfirmedDeath = Faults(rawValue: 64)

        static let ofPublications: Faults = [.confirmLost, .publicationLost, .unconfirmedDeath]
    }

    /// What goes wrong, and after how many effects of the process its service crashes; 0 for not at all.
    struct Fate: Hashable, Sendable {
        var faults: Faults = []
        var death: UInt8 = 0

        static let good = Fate()
    }

    /// The next effects of a process.
    case run(OrderingProcess, Fate)
    /// A message is received and, by an idle worker, handled.
    case deliver(ServiceName, message: Int32, isStray: Bool, Fate)
    case press(user: Int, Fate)
    case deposit(Fate)
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
        case .run(let process, _): .process(process)
        case .deliver(let service, _, _, _): .process(.receiver(service))
        case .press(let user, _): .user(user)
        case .deposit: .user(0)
        case .crash(let service): .crashing(service)
        case .wait, .pause: .world
        }
    }

    var isFault: Bool {
        switch self {
        case .run(_, let fate), .deliver(_, _, _, let fate), .press(_, let fate), .deposit(let fate): fate != .good
        case .crash, .pause: true
        case .wait: false
        }
    }
}
