import CommandLineKit
import QRPayDomain
import QRPayServices
import QRPayStore

enum TaskRequeue {
    static let command = Command(
        CommandSpec(
            path: ["task", "requeue"], summary: "Push tasks again, by number or by filters",
            discussion: """
                Tasks named by number are pushed at once. Filters, which must all hold, only show what they would push; \
                --yes pushes it. A task that runs or is done is never touched, and no history is lost.
                """,
            arguments: [
                ArgumentSpec(name: "TASK", isOptional: true, isRepeatable: true, summary: "The task's number")
            ],
            options: TaskFilterOptions.specs + [
                OptionSpec(name: "reason", value: "TEXT", summary: "Why, kept with the task"),
                OptionSpec(name: "yes", summary: "Push what the filters match"),
            ],
            examples: [
                ExampleSpec(command: "qrpay task requeue 17 --reason 'Check is back'", summary: "Push one task again"),
                ExampleSpec(
                    command: "qrpay task requeue --state stuck --error-class partner_unreachable --yes",
                    summary: "Push everything that gave up on an unreachable partner"),
            ],
            exitStatuses: [ExitStatusSpec(status: 1, meaning: "Some of the tasks could not be pushed")])
    ) { options, context in
        var filter = try TaskFilterOptions.filter(options, context)
        filter.ids = try options.arguments("TASK").map(TaskFilterOptions.id)
        let isDryRun = filter.ids.isEmpty && !options.isSet("yes")
        let services = try await Wiring.services(options, context)
        let result = try await Tasks(services).requeue(
            filter, reason: options.value("reason") ?? "", isDryRun: isDryRun)
        if options.isJSON {
            try context.output.write(try JSONText.render(json(result)))
        } else {
            try context.show(result.requeued.map(TaskOutput.init), asJSON: false, ifEmpty: "nothing to push")
            for skipped in result.skipped { try context.note("task \(skipped.task.taskID) skipped: \(skipped.why)") }
            try context.note(
                isDryRun
                    ? "would push \(result.requeued.count) of \(result.matched.count) tasks; --yes does it"
                    : "pushed \(result.requeued.count) of \(result.matched.count) tasks, batch \(result.batch)")
        }
        return result.skipped.isEmpty ? .done : .negative
    }

    private static func json(_ result: Tasks.RequeueResult) -> JSONObject {
        [
            "batch": result.isDryRun ? nil : result.batch, "dry_run": result.isDryRun,
            "matched": result.matched.count, "requeued": result.isDryRun ? 0 : result.requeued.count,
            "skipped": result.skipped.map { ["task_id": String($0.task.taskID), "why": $0.why] as JSONObject },
            "task_ids": result.requeued.map { String($0.taskID) },
        ]
    }
}
