import CommandLineKit
import PaymentCore
import Payments
import QueueKit
import SQLKit
import WorldKit

enum TaskRun {
    static let command = Command(
        CommandSpec(
            path: ["task", "run"], summary: "Run one task now, in this process",
            discussion: """
                It runs under a lease like any other attempt, even if it is not due, is stuck, or its kind is paused. \
                The outcome is recorded; after a failure the task continues by its policy.
                """,
            arguments: [TaskNumber.argument], options: [EventOptions.broker],
            examples: [ExampleSpec(command: "qrpay task run 17", summary: "Try one before requeueing all of them")],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "The answer was \"not yet\", and the task is stuck"),
                ExitStatusSpec(status: 4, meaning: "It is running elsewhere, done, or canceled"),
                ExitStatusSpec(status: 8, meaning: "The answer was \"not yet\", and the task is scheduled again"),
            ]), libraries: [.http, .signing]
    ) { options, context in
        let id = options[TaskNumber.argument]
        let services = try await Wiring.services(options, context)
        let worker = Worker(services.queue, processes: context.processes)
        try await worker.rescueTasksOfDeadWorkers()
        let attempt: Worker.Attempt
        do { attempt = try await worker.run(taskID: id) } catch let error as SQLError {
            throw Problem(whileTasksRan: error)
        }
        let task = try await services.queue.details(id).task
        context.did("task \(id): \(AttemptText.line(attempt))", look: "qrpay task show \(id)")
        try context.show(TaskOutput(task, now: context.world.now()), asJSON: options.isJSON)
        try context.note(AttemptText.line(attempt))
        switch attempt.ending {
        case .done: return .done
        case .leaseLost: return .conflict
        case .postponed: return attempt.error.map { ExitStatus(Problem($0).kind) } ?? .pending
        case .stuck:
            try context.note("it is stuck, and not retried automatically: 'qrpay task requeue \(id)'")
            return attempt.error.map { ExitStatus(Problem($0).kind) } ?? .negative
        }
    }
}
