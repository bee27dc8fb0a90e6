import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

enum TaskShow {
    static let command = Command(
        CommandSpec(
            path: ["task", "show"], summary: "Show a task with its failed attempts, requeues and cancellations",
            arguments: [ArgumentSpec(name: "TASK", summary: "The task's number")],
            examples: [ExampleSpec(command: "qrpay task show 17", summary: "See why and when it failed")])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let details = try await Tasks(services).details(try TaskFilterOptions.id(try options.required("TASK")))
        let task = TaskOutput(details.task, now: context.world.now())
        if options.isJSON {
            var json = task.json
            json["attempts_log"] = details.attempts.map { AttemptOutput(attempt: $0).json }
            json["requeues"] = details.interventions.filter { $0.action == .requeue }.map(json(of:))
            json["cancellations"] = details.interventions.filter { $0.action == .cancel }.map(json(of:))
            try context.output.write(try JSONText.render(json))
            return .done
        }
        try context.show(task, asJSON: false)
        if context.terminal.isTerminal { try context.output.write("\n") }
        try context.show(details.attempts.map(AttemptOutput.init), asJSON: false, ifEmpty: "no failed attempts")
        for intervention in details.interventions {
            try context.output.write("\(line(intervention))\n")
        }
        return .done
    }

    private static func line(_ intervention: TaskIntervention) -> String {
        let verb = intervention.action == .requeue ? "requeued" : "canceled"
        let reason = intervention.order.reason.isEmpty ? "" : ": \(intervention.order.reason)"
        let undone = intervention.undoneAt.map { " (undone \($0.rfc3339))" } ?? ""
        return "\(verb) \(intervention.at.rfc3339) by \(intervention.order.actor.text) after "
            + "\(intervention.before.attempts.counted("attempt")), batch \(intervention.order.batch)\(reason)\(undone)"
    }

    private static func json(of intervention: TaskIntervention) -> JSONObject {
        [
            "batch": intervention.order.batch, "at": intervention.at.rfc3339, "actor": intervention.order.actor.text,
            "reason": intervention.order.reason, "before": json(of: intervention.before),
            "after": json(of: intervention.after), "undone_at": intervention.undoneAt?.rfc3339,
            "undone_by": intervention.undoneBy?.text,
        ]
    }

    private static func json(of standing: TaskIntervention.Standing) -> JSONObject {
        [
            "state": standing.state, "attempts": standing.attempts, "next_attempt_at": standing.nextAttemptAt,
            "error_class": standing.errorClass, "error_message": standing.errorMessage,
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
