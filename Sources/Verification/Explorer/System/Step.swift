import PaymentCore

/// One thing that can happen next.
enum Step: Hashable, Sendable {
    /// What becomes of a question to a partner on its way there and back; a transaction is always answered.
    enum Fate: UInt8, Hashable, Sendable {
        case answered
        /// The effect happens, the answer is lost.
        case answerLost
        /// The question never arrives.
        case questionLost
    }

    /// A worker's next effect; of an idle one, the claim.
    case work(worker: Int, Fate)
    /// An idle worker looks for tasks of dead ones.
    case rescue(worker: Int)
    /// The next effect of a request or report that is being dealt with.
    case proceed(ProcessTree.Node, Fate)
    case press(guest: Int)
    case refund
    /// A report arrives; one that is kept will arrive once more.
    case deliver(report: Int32, isKept: Bool)
    /// The clock moves on to the next deadline, because nobody can do anything before.
    case wait
    /// The clock moves on although somebody could.
    case pause
    /// A bank or a guest decides about an operation.
    case decide(invoiceID: String, number: Int, PaymentOperation.Status)
    case crashWorker(Int)
    case crashRequest(ProcessTree.Node)

    /// Whether it is something going wrong.
    var isFault: Bool {
        switch self {
        case .work(_, let fate), .proceed(_, let fate): fate != .answered
        case .deliver(_, let isKept): isKept
        case .pause, .crashWorker, .crashRequest, .decide: true
        case .rescue, .press, .refund, .wait: false
        }
    }
}
