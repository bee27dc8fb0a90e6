import CommandLineKit
import QRPayDomain
import QRPayServices
import QRPayStore

enum TaskShow {
    static let command = Command(
        CommandSpec(
            path: ["task", "show"], summary: "Show a task with its failed attempts and requeues",
            arguments: [ArgumentSpec(name: "TASK", summary: "The task's number")],
            examples: [ExampleSpec(command: "qrpay task show 17", summary: "Why did it fail, and when?")])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let details = try await Tasks(services).details(try TaskFilterOptions.id(try options.required("TASK")))
        let task = TaskOutput(task: details.task)
        if options.isJSON {
            var json = task.json
            json["attempts_log"] = details.attempts.map { AttemptOutput(attempt: $0).json }
            json["requeues"] = details.requeues.map(json(of:))
            try context.output.write(try JSONText.render(json))
            return .done
        }
        try context.show(task, asJSON: false)
        if context.terminal.isTerminal { try context.output.write("\n") }
        try context.show(details.attempts.map(AttemptOutput.init), asJSON: false, ifEmpty: "no failed attempts")
        for requeue in details.requeues where context.terminal.isTerminal {
            let reason = TerminalText.escaped(requeue.reason)
            try context.output.write(
                "requeued \(requeue.at.rfc3339) by \(requeue.actor.text) after \(requeue.before.attempts) attempts: \(reason)\n"
            )
        }
        return .done
    }

    private static func json(of requeue: TaskRepository.Requeue) -> JSONObject {
        [
            "batch": requeue.batch, "at": requeue.at.rfc3339, "actor": requeue.actor.text, "reason": requeue.reason,
            "before": json(of: requeue.before), "after": json(of: requeue.after),
        ]
    }

    private static func json(of standing: TaskRepository.Standing) -> JSONObject {
        [
            "state": standing.state, "attempts": standing.attempts, "next_attempt_at": standing.nextAttemptAt,
            "error_class": standing.errorClass, "error_message": standing.errorMessage,
        ]
    }
}

/// An attempt that did not finish its task.
private struct AttemptOutput: Listed {
    var attempt: TaskAttempt

    var json: JSONObject {
        [
            "attempt": attempt.attempt, "at": attempt.at.rfc3339, "worker": attempt.worker,
            "error_class": attempt.errorClass, "error_message": attempt.message,
        ]
    }

    static let columns = [
        TextTable.Column("TRY", alignment: .right), TextTable.Column("AT"), TextTable.Column("ERROR"),
        TextTable.Column("MESSAGE", isShrinkable: true),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell("\(attempt.attempt)"), TextTable.Cell(attempt.at.rfc3339),
            TextTable.Cell(attempt.errorClass), TextTable.Cell(attempt.message),
        ]
    }
}
