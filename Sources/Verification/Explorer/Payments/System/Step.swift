import PaymentCore

/// One possible next step.
indirect enum Step: Hashable, Sendable {
    /// What happens to a request to a partner; a transaction is always answered.
    enum Fate: UInt8, Hashable, Sendable {
        case answered
        /// The request takes effect, the answer is lost.
        case answerLost
        /// The request never arrives.
        case questionLost
    }

    /// A worker's next effect; of an idle one, the claim.
    case work(worker: Int, Fate)
    /// An idle worker looks for tasks of dead workers.
    case rescue(worker: Int)
    /// The next effect of a request or report in progress.
    case proceed(ProcessTree.Node, Fate)
    case press(guest: Int)
    case refund
    /// A report arrives; one that is kept will arrive again.
    case deliver(report: Int32, isKept: Bool)
    /// The clock advances to the next deadline, because no other step is possible.
    case wait
    /// The clock advances although other steps are possible.
    case pause
    /// A bank or a guest decides an operation.
    case decide(invoiceID: String, number: Int, PaymentOperation.Status)
    case crashWorker(Int)
    case crashRequest(ProcessTree.Node)
    /// Processes begin the transactions of these steps, then another process takes a step that affects each of them.
    case overlap([Step], Step)
    /// The transaction of a step conflicts on every attempt and fails.
    case conflict(Step)

    /// Whether it is a fault.
    var isFault: Bool {
        switch self {
        case .work(_, let fate), .proceed(_, let fate): fate != .answered
        case .deliver(_, let isKept): isKept
        case .pause, .crashWorker, .crashRequest, .decide, .conflict: true
        case .rescue, .press, .refund, .wait: false
        case .overlap(let begun, let other): begun.contains(where: \.isFault) || other.isFault
        }
    }
}

extension Step: ExploredStep {
    /// The actor of a step: the order of two steps of one actor always matters.
    enum Actor: Hashable, Sendable {
        case worker(Int)
        case request(ProcessTree.Node)
        case guest(Int)
        case support
        case report(Int32)
        case world
    }

    var actor: Actor {
        switch self {
        case .work(let worker, _), .rescue(let worker), .crashWorker(let worker): .worker(worker)
        case .proceed(let node, _), .crashRequest(let node): .request(node)
        case .press(let guest): .guest(guest)
        case .refund: .support
        case .deliver(let report, _): .report(report)
        case .wait, .pause, .decide: .world
        case .overlap(_, let other), .conflict(let other): other.actor
        }
    }
}
