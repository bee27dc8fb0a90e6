import QRPayDomain
import QRPayServices

/// What a server tells its operators: a line of JSON an event, on standard error.
struct EventLog: Sendable {
    private let context: Context

    init(_ context: Context) { self.context = context }

    /// Writes one line; the server goes on where nobody reads its log any more.
    func write(_ json: String) { try? context.errors.write(json + "\n") }

    /// An attempt that did not simply finish its task, or what kept a worker from working.
    func write(_ attempt: Result<Worker.Attempt, any Error>, at instant: Instant) {
        var event: JSONObject = ["at": instant.rfc3339, "event": "task"]
        switch attempt {
        case .success(let attempt):
            event["kind"] = attempt.task.kind.rawValue
            event["task_id"] = attempt.task.taskID
            event["order_id"] = attempt.task.orderID
            event["attempt"] = attempt.task.attempts
            switch attempt.ending {
            case .done: return
            case .postponed(let until, let errorClass):
                event["ending"] = "postponed"
                event["until"] = until.rfc3339
                event["error_class"] = errorClass
            case .stuck(let errorClass):
                event["ending"] = "stuck"
                event["error_class"] = errorClass
            case .leaseLost: event["ending"] = "lease_lost"
            }
            event["message"] = attempt.message
        case .failure(let error):
            let problem = Problem(error)
            event["event"] = "worker"
            event["code"] = problem.code
            event["error"] = problem.message
        }
        if let line = try? JSONText.line(event) { write(line) }
    }
}
