import CommandLineKit
import Payments

enum TaskCancel {
    static let command = Command(
        CommandSpec(
            path: ["task", "cancel"], summary: "End tasks that are not to run any more",
            discussion: """
                Tasks named by number are canceled at once. Filters, which must all hold, only show what they would \
                cancel; --yes cancels it. A task that runs or is done is never touched. Canceling a payment.settle task may leave money held, and warns of it. 'qrpay task requeue' brings a \
                canceled task back, 'qrpay task requeue --undo BATCH' a whole batch as it was.
                """,
            arguments: [TaskIntervening.argument], options: TaskIntervening.options("cancel"),
            examples: [
                ExampleSpec(command: "qrpay task cancel 17 --reason 'a test order'", summary: "End one task"),
                ExampleSpec(
                    command: "qrpay task cancel --restaurant training --state stuck",
                    summary: "See what would be ended"),
            ],
            exitStatuses: TaskIntervening.exitStatuses)
    ) { options, context in
        let request = try TaskIntervening.request(.cancel, options, context)
        let words = BulkChange.Words(verb: "cancel", past: "canceled")
        return try await TaskIntervening.run(request, words, field: "canceled", options, context)
    }
}
