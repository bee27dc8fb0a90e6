import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

/// An attempt as a line of a worker's log: end time, the task's number, kind and key, attempt number, outcome.
enum AttemptText {
    static func line(_ attempt: Worker.Attempt) -> TerminalText {
        let task = attempt.task
        let ending =
            switch attempt.ending {
            case .done: "done"
            case .postponed(let until, let errorClass): "again at \(until.rfc3339) (\(errorClass))"
            case .stuck(let errorClass): "stuck (\(errorClass))"
            case .leaseLost: "lease lost"
            }
        let message = attempt.message.map { ": \($0)" } ?? ""
        return
            "\(attempt.at.rfc3339) task \(task.taskID) \(task.kind.rawValue) \(task.key) "
            + "attempt \(task.attempts) \(ending)\(message)"
    }

    /// The same as JSON.
    static func json(_ attempt: Worker.Attempt) -> JSONObject {
        let task = attempt.task
        var json: JSONObject = [
            "at": attempt.at.rfc3339, "event": "task", "task_id": String(task.taskID), "kind": task.kind.rawValue,
            "key": task.key, "order_id": task.orderID, "attempt": task.attempts, "message": attempt.message,
            "error_class": nil, "next_attempt_at": nil,
        ]
        switch attempt.ending {
        case .done: json["ending"] = "done"
        case .postponed(let until, let errorClass):
            json["ending"] = "postponed"
            json["next_attempt_at"] = until.rfc3339
            json["error_class"] = errorClass
        case .stuck(let errorClass):
            json["ending"] = "stuck"
            json["error_class"] = errorClass
        case .leaseLost: json["ending"] = "lease_lost"
        }
        return json
    }
}
