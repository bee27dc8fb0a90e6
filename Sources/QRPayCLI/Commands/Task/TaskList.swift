import CommandLineKit
import QRPayServices

enum TaskList {
    static let command = Command(
        CommandSpec(
            path: ["task", "list"], summary: "List tasks, what is stuck first",
            options: TaskFilterOptions.specs,
            examples: [
                ExampleSpec(command: "qrpay task list --state stuck --since 1d", summary: "What gave up within a day"),
                ExampleSpec(
                    command: "qrpay task list --kind receipt.fetch --state scheduled --json",
                    summary: "Receipts that are still awaited"),
            ])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let tasks = try await Tasks(services).list(try TaskFilterOptions.filter(options, context))
        try context.show(tasks.map(TaskOutput.init), asJSON: options.isJSON, ifEmpty: "no tasks")
        return .done
    }
}
