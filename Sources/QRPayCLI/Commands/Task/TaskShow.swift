import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

enum TaskShow {
    static let command = Command(
        CommandSpec(
            path: ["task", "show"], summary: "Show a task with its failed attempts, requeues and cancellations",
            arguments: [TaskNumber.argument],
            examples: [ExampleSpec(command: "qrpay task show 17", summary: "See why and when it failed")])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let details = try await services.queue.details(options[TaskNumber.argument])
        let task = TaskOutput(details.task, now: context.world.now())
        if options.isJSON {
            var json = task.json
            TaskHistory(details).add(to: &json)
            try context.output.write(try JSONText.render(json))
            return .done
        }
        try context.show(task, asJSON: false)
        if context.terminal.isTerminal { try context.output.write("\n") }
        try TaskHistory(details).show(context)
        return .done
    }
}
