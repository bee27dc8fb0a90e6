import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

/// The failed attempts, requeues and cancellations of a task.
struct TaskHistory {
    private let details: TaskQueue.Details

    init(_ details: TaskQueue.Details) { self.details = details }

    func add(to json: inout JSONObject) {
        json["attempts_log"] = details.attempts.map { AttemptOutput(attempt: $0).json }
        json["requeues"] = details.changes.filter { $0.action == .requeue }.map(Self.json(of:))
        json["cancellations"] = details.changes.filter { $0.action == .cancel }.map(Self.json(of:))
    }

    func show(_ context: Context) throws {
        try context.show(details.attempts.map(AttemptOutput.init), asJSON: false, ifEmpty: "no failed attempts")
        for change in details.changes { try context.output.write("\(Self.line(change))\n") }
    }

    private static func line(_ change: TaskChange) -> String {
        let verb = change.action == .requeue ? "requeued" : "canceled"
        let reason = change.request.reason.isEmpty ? "" : ": \(change.request.reason)"
        let undone = change.undoneAt.map { " (undone \($0.rfc3339))" } ?? ""
        return "\(verb) \(change.at.rfc3339) by \(change.request.actor) after "
            + "\(change.before.attempts.counted("attempt")), batch \(change.request.batch)\(reason)\(undone)"
    }

    private static func json(of change: TaskChange) -> JSONObject {
        [
            "batch": change.request.batch, "at": change.at.rfc3339, "actor": change.request.actor,
            "reason": change.request.reason, "before": json(of: change.before),
            "after": json(of: change.after), "undone_at": change.undoneAt?.rfc3339,
            "undone_by": change.undoneBy,
        ]
    }

    private static func json(of task: TaskSnapshot) -> JSONObject {
        [
            "state": task.state, "attempts": task.attempts, "next_attempt_at": task.nextAttemptAt,
            "error_class": task.errorClass, "error_message": task.errorMessage,
        ]
    }
}

/// An attempt that did not complete its task.
private struct AttemptOutput: Listed {
    var attempt: TaskAttempt

    var json: JSONObject {
        [
            "attempt": attempt.attempt, "at": attempt.at.rfc3339, "worker": attempt.worker,
            "error_class": attempt.errorClass, "error_message": attempt.message,
        ]
    }

    static let columns = [
        TextTable.Column("TRY", alignment: .right), TextTable.Column("AT", isShrinkable: false),
        TextTable.Column("ERROR", isShrinkable: false),
        TextTable.Column("MESSAGE", minimumWidth: 32),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell("\(attempt.attempt)"), TextTable.Cell(attempt.at.rfc3339),
            TextTable.Cell(attempt.errorClass), TextTable.Cell(attempt.message),
        ]
    }
}
