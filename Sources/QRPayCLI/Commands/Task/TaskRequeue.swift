import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore
import Payments

enum TaskRequeue {
    static let command = Command(
        CommandSpec(
            path: ["task", "requeue"], summary: "Push tasks again, by number or by filters",
            discussion: """
                Tasks named by number are pushed at once. Filters, which must all hold, only show what they would push; \
                --yes pushes it. Without --state they mean what is neither done nor canceled. A task that runs or is \
                done is never touched, and no history is lost. --undo takes back what has not started.
                """,
            arguments: [TaskIntervening.argument],
            options: TaskIntervening.options("push") + [
                OptionSpec(
                    name: "spread", value: "TIME", default: "0s",
                    summary: "Let them become due one after the other within that time"),
                OptionSpec(
                    name: "undo", value: "BATCH", summary: "Put back what a requeue or cancel touched, alone"),
            ],
            examples: [
                ExampleSpec(command: "qrpay task requeue 17 --reason 'Check is back'", summary: "Push one task again"),
                ExampleSpec(
                    command: "qrpay task requeue --state stuck --error-class partner_unreachable --spread 10m --yes",
                    summary: "Push everything that gave up on an unreachable partner, little by little"),
            ],
            exitStatuses: TaskIntervening.exitStatuses)
    ) { options, context in
        if let batch = options.value("undo") { return try await undo(batch, options, context) }
        var request = try TaskIntervening.request(.requeue, options, context)
        request.spreadSeconds = try options.seconds("spread") ?? 0
        let words = BulkChange.Words(verb: "push", past: "pushed")
        return try await TaskIntervening.run(request, words, field: "requeued", options, context)
    }

    private static func undo(_ text: String, _ options: ParsedOptions, _ context: Context) async throws -> ExitStatus {
        let batch = try ParsedOptions.identifier(text, "--undo")
        guard try TaskIntervening.request(.requeue, options, context).filter.isEmpty else {
            throw Problem(.invalid, "usage", "--undo is about a whole batch: it takes no task and no filter")
        }
        let result = try await Tasks(try await Wiring.services(options, context)).undo(
            batch: batch, actor: context.actor)
        context.did("\(result.undone.count.counted("task")) put back", look: "qrpay task list")
        if options.isJSON {
            let json: JSONObject = [
                "batch": result.batch, "undone": result.undone.count, "task_ids": result.undone.map { String($0) },
                "skipped": result.skipped.map { ["task_id": String($0.taskID), "why": $0.why] as JSONObject },
            ]
            try context.output.write(try JSONText.render(json))
        } else {
            for skipped in result.skipped { try context.note("task \(skipped.taskID) skipped: \(skipped.why)") }
            try context.output.write("\(result.undone.count.counted("task")) put back\n")
        }
        return result.skipped.isEmpty ? .done : .negative
    }
}
