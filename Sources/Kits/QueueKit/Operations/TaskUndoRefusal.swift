import EncodingKit

extension TaskChange {
    /// Why it cannot be undone: what happened to the task after it.
    /// - Parameters:
    ///   - last: the last requeue or cancellation of the task, possibly this one.
    ///   - task: its current state.
    func reasonAgainstUndo(_ last: TaskChange?, now task: QueuedTask) -> String {
        if let last, last.request.batch != request.batch, last.at >= at, last.undoneAt == nil {
            let verb = last.action == .requeue ? "requeued again" : "canceled"
            return "it was \(verb) since, by batch \(last.request.batch)"
        }
        return switch task.state {
        case .running: "it has started since"
        case .done: "it has finished since"
        default: "it has been tried since, and is \(task.state.rawValue) after \(task.attempts.counted("attempt"))"
        }
    }
}
