import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

enum TaskList {
    private static let by = Option(
        "by", "WHAT", ValueParser<TaskGroupName>.word, summary: "Only count them, by error, kind, state or restaurant")

    static let command = Command(
        CommandSpec(
            path: ["task", "list"], summary: "List tasks, most urgent first",
            discussion: """
                Stuck tasks come first, then running, due and scheduled ones, longest waiting first; then canceled and \
                done ones, newest first. An unknown order or restaurant is an error (not found); one without tasks \
                gives an empty list.
                """,
            options: TaskFilterOptions.all + [by], check: { _ = try TaskFilterOptions.filter($0) },
            examples: [
                ExampleSpec(
                    command: "qrpay task list --state stuck --since 1d", summary: "Tasks that got stuck in the last day"
                ),
                ExampleSpec(command: "qrpay task list --state stuck --by error", summary: "Stuck tasks by error"),
                ExampleSpec(
                    command: "qrpay task list --kind receipt.fetch --state scheduled --json",
                    summary: "Receipts not available yet"),
            ])
    ) { options, context in
        let filter = try TaskFilterOptions.filter(options)
        let services = try await Wiring.services(options, context)
        try await services.checkNames(in: filter)
        if let grouping = options[by] {
            let groups = try await services.queue.counts(filter, by: grouping.grouping)
            try context.show(
                groups.map { TaskGroupOutput(group: $0, grouping: grouping) }, asJSON: options.isJSON,
                ifEmpty: "no tasks")
        } else {
            let tasks = try await services.queue.list(filter)
            let now = context.world.now()
            try context.show(
                tasks.map { TaskOutput($0, now: now) }, asJSON: options.isJSON, ifEmpty: "no tasks",
                without: TaskOutput.columnsSaid(by: filter))
        }
        return .done
    }
}

private struct TaskGroupOutput: Listed {
    var group: TaskGroup
    var grouping: TaskGroupName

    var json: JSONObject {
        [
            grouping == .error ? "error_class" : grouping.rawValue: group.name, "count": group.count,
            "oldest_created_at": group.oldest.rfc3339, "most_attempts": group.attempts,
        ]
    }

    static let columns = [
        TextTable.Column("COUNT", alignment: .right), TextTable.Column("WHAT", isShrinkable: false),
        TextTable.Column("OLDEST"), TextTable.Column("TRIES", alignment: .right),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell("\(group.count)"), TextTable.Cell(group.name ?? "-"), TextTable.Cell(group.oldest.rfc3339),
            TextTable.Cell("\(group.attempts)"),
        ]
    }
}
