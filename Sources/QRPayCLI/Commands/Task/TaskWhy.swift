import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

enum TaskWhy {
    static let command = Command(
        CommandSpec(
            path: ["task", "why"], summary: "Explain a task's state, and what would help",
            arguments: [TaskNumber.argument],
            examples: [ExampleSpec(command: "qrpay task why 17", summary: "Check whether it is safe to requeue")])
    ) { options, context in
        let id = options[TaskNumber.argument]
        let tasks = try await Wiring.services(options, context).queue
        let situation = try await tasks.situation(of: id, isAlive: context.processes.isAlive)
        let task = situation.task
        let explanation = TaskExplanation(situation)
        if options.isJSON {
            var json = TaskOutput(task, now: context.world.now()).json
            json["why"] = explanation.why
            json["helps"] = explanation.helps
            json["safe_to_requeue"] = explanation.isSafeToRequeue
            json["safety"] = explanation.safety
            try context.output.write(try JSONText.render(json))
            return .done
        }
        let lines =
            ["task \(task.taskID) (\(task.kind.rawValue) \(task.key)): \(explanation.why)"]
            + explanation.helps.map { "what would help: \($0)" } + ["safe to requeue: \(explanation.safety)"]
        try context.output.write(lines.map { "\($0)\n" }.joined())
        return .done
    }
}
