import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore
import Payments
import QueueKit

enum TaskRequeue {
    static let command = Command(
        CommandSpec(
            path: ["task", "requeue"], summary: "Requeue tasks, by number or by filters",
            discussion: """
                Tasks given by number are requeued immediately. Filters are combined, and only show the matching \
                tasks; --yes requeues them. Without --state, done and canceled tasks do not match. Running and done \
                tasks are never requeued, and no history is lost. --undo reverts what has not started.
                """,
            arguments: [TaskIntervening.argument],
            options: TaskIntervening.options("requeue") + [
                OptionSpec(
                    name: "spread", value: "TIME", default: "0s",
                    summary: "Spread their due times over this period"),
                OptionSpec(
                    name: "undo", value: "BATCH", summary: "Revert a requeue or cancel batch; used alone"),
            ],
            examples: [
                ExampleSpec(command: "qrpay task requeue 17 --reason 'Check is back'", summary: "Requeue one task"),
                ExampleSpec(
                    command: "qrpay task requeue --state stuck --error-class partner_unreachable --spread 10m --yes",
                    summary: "Requeue tasks stuck on an unreachable partner, spread over 10 minutes"),
            ],
            exitStatuses: TaskIntervening.exitStatuses)
    ) { options, context in
        if let batch = options.value("undo") { return try await undo(batch, options, context) }
        var request = try TaskIntervening.request(.requeue, options, context)
        request.spreadSeconds = try options.seconds("spread") ?? 0
        let words = BulkChange.Words(verb: "requeue", past: "requeued")
        return try await TaskIntervening.run(request, words, field: "requeued", options, context)
    }

    private static func undo(_ text: String, _ options: ParsedOptions, _ context: Context) async throws -> ExitStatus {
        let batch = try ParsedOptions.identifier(text, "--undo")
        guard try TaskIntervening.request(.requeue, options, context).filter.isEmpty else {
            throw Problem(.invalid, "usage", "--undo applies to a whole batch: it takes no task and no filter")
        }
        let services = try await Wiring.services(options, context)
        let result = try await services.queue.undo(batch: batch, actor: context.actor.text)
        context.did("\(result.undone.count.counted("task")) restored", look: "qrpay task list")
        if options.isJSON {
            let json: JSONObject = [
                "batch": result.batch, "undone": result.undone.count, "task_ids": result.undone.map { String($0) },
                "skipped": result.skipped.map { ["task_id": String($0.taskID), "why": $0.why] as JSONObject },
            ]
            try context.output.write(try JSONText.render(json))
        } else {
            for skipped in result.skipped { try context.note("task \(skipped.taskID) skipped: \(skipped.why)") }
            try context.output.write("\(result.undone.count.counted("task")) restored\n")
        }
        return result.skipped.isEmpty ? .done : .negative
    }
}
