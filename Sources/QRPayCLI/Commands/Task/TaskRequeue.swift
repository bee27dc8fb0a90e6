import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore
import Payments
import QueueKit

enum TaskRequeue {
    private static let change = TaskBulkChange(verb: "requeue")
    private static let spread = Option(
        "spread", "TIME", .seconds(), default: "0s", summary: "Spread their due times over this period")
    private static let undo = Option(
        "undo", "BATCH", .identifier, summary: "Revert a requeue or cancel batch; used alone")

    static let command = Command(
        CommandSpec(
            path: ["task", "requeue"], summary: "Requeue tasks, by number or by filters",
            discussion: """
                Tasks given by number are requeued immediately. Filters are combined, and only show the matching \
                tasks; --yes requeues them. Without --state, done and canceled tasks do not match. Running and done \
                tasks are never requeued, and no history is lost. --undo reverts what has not started.
                """,
            arguments: [TaskBulkChange.tasks], options: change.options + [spread, undo],
            rules: [.alone(undo, without: [TaskBulkChange.tasks] + change.options + [spread])],
            check: { if $0[undo] == nil { _ = try change.request(.requeue, $0) } },
            examples: [
                ExampleSpec(command: "qrpay task requeue 17 --reason 'Check is back'", summary: "Requeue one task"),
                ExampleSpec(
                    command: "qrpay task requeue --state stuck --error-class partner_unreachable --spread 10m --yes",
                    summary: "Requeue tasks stuck on an unreachable partner, spread over 10 minutes"),
            ],
            exitStatuses: TaskBulkChange.exitStatuses)
    ) { options, context in
        if let batch = options[undo] { return try await revert(batch, options, context) }
        var request = try change.request(.requeue, options, by: context.actor)
        request.spreadSeconds = options[spread]
        let words = BulkChange.Words(verb: "requeue", past: "requeued")
        return try await change.run(request, words, field: "requeued", options, context)
    }

    private static func revert(
        _ batch: String, _ options: ParsedOptions, _ context: Context
    ) async throws -> ExitStatus {
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
