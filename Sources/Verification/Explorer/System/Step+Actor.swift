import PaymentCore

extension Step {
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
        }
    }
}
