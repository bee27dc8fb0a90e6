import EncodingKit
import PaymentCore

extension TaskChange {
    /// Why it cannot be undone: what happened to the task after it.
    /// - Parameters:
    ///   - last: what was last done to the task by hand, perhaps this very change.
    ///   - task: as it stands.
    func whatHappened(_ last: TaskChange?, now task: QueuedTask) -> String {
        if let last, last.request.batch != request.batch, last.at >= at, last.undoneAt == nil {
            let verb = last.action == .requeue ? "pushed again" : "canceled"
            return "it was \(verb) since, by batch \(last.request.batch)"
        }
        return switch task.state {
        case .running: "it runs since"
        case .done: "it is done since"
        default: "it was tried since, and is \(task.state.rawValue) after \(task.attempts.counted("attempt"))"
        }
    }
}
