import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

enum TaskPauseCommand {
    private static let reason = Option(
        "reason", "TEXT", .text, default: "", summary: "The reason, shown with the pause")

    static let command = Command(
        CommandSpec(
            path: ["task", "pause"], summary: "Pause all tasks of a kind",
            discussion: """
                No worker of any process runs them until 'qrpay task resume'; running ones finish. \
                'qrpay task run' still runs one.
                """,
            arguments: [TaskKindChoice.argument],
            options: [reason],
            examples: [
                ExampleSpec(
                    command: "qrpay task pause receipt.fetch --reason 'Check is down'",
                    summary: "Stop requests to Check")
            ])
    ) { options, context in
        let kind = options[TaskKindChoice.argument]
        let services = try await Wiring.services(options, context, missingStore: .made)
        let (pause, isNew) = try await services.queue.pause(
            kind, reason: options[reason], actor: context.actor.text)
        context.did("\(kind.rawValue) is paused", look: "qrpay task stats")
        try context.show(TaskPauseOutput(pause: pause), asJSON: options.isJSON)
        if !isNew { try context.note("\(kind.rawValue) is already paused; that pause is unchanged") }
        return .done
    }
}

enum TaskResumeCommand {
    static let command = Command(
        CommandSpec(
            path: ["task", "resume"], summary: "Resume a paused kind of tasks",
            arguments: [TaskKindChoice.argument],
            examples: [ExampleSpec(command: "qrpay task resume receipt.fetch", summary: "Resume requests to Check")],
            exitStatuses: [ExitStatusSpec(status: 4, meaning: "It is not paused")])
    ) { options, context in
        let kind = options[TaskKindChoice.argument]
        let services = try await Wiring.services(options, context)
        let pause = try await services.queue.resume(kind, actor: context.actor.text)
        context.did("\(kind.rawValue) is resumed", look: "qrpay task stats")
        try context.show(TaskPauseOutput(pause: pause), asJSON: options.isJSON)
        return .done
    }
}

struct TaskPauseOutput: Detailed {
    var pause: TaskPause

    var json: JSONObject {
        [
            "kind": pause.kind.rawValue, "is_paused": pause.resumedAt == nil, "paused_at": pause.pausedAt.rfc3339,
            "paused_by": pause.pausedBy, "reason": pause.reason, "resumed_at": pause.resumedAt?.rfc3339,
            "resumed_by": pause.resumedBy,
        ]
    }

    var details: [(label: String, value: String?)] {
        [
            ("kind", pause.kind.rawValue), ("paused_at", pause.pausedAt.rfc3339), ("paused_by", pause.pausedBy),
            ("reason", pause.reason.isEmpty ? nil : pause.reason), ("resumed_at", pause.resumedAt?.rfc3339),
            ("resumed_by", pause.resumedBy),
        ]
    }
}
