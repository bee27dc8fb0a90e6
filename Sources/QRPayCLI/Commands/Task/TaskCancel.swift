import CommandLineKit
import Payments
import QueueKit

enum TaskCancel {
    private static let change = TaskBulkChange(verb: "cancel")

    static let command = Command(
        CommandSpec(
            path: ["task", "cancel"], summary: "Cancel tasks, by number or by filters",
            discussion: """
                Tasks given by number are canceled immediately. Filters are combined, and only show the matching \
                tasks; --yes cancels them. Running and done tasks are never canceled. Canceling a payment.settle task \
                may leave money held, and prints a warning. 'qrpay task requeue' requeues a canceled task, and \
                'qrpay task requeue --undo BATCH' restores a whole batch.
                """,
            arguments: [TaskBulkChange.tasks], options: change.options,
            check: { _ = try change.request(.cancel, $0) },
            examples: [
                ExampleSpec(command: "qrpay task cancel 17 --reason 'a test order'", summary: "Cancel one task"),
                ExampleSpec(
                    command: "qrpay task cancel --restaurant training --state stuck",
                    summary: "Show what would be canceled"),
            ],
            exitStatuses: TaskBulkChange.exitStatuses)
    ) { options, context in
        let words = BulkChange.Words(verb: "cancel", past: "canceled")
        return try await change.run(
            try change.request(.cancel, options, by: context.actor), words, field: "canceled", options, context)
    }
}
