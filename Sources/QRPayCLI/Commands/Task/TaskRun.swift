import CommandLineKit
import PaymentCore
import Payments
import SQLKit
import WorldKit

enum TaskRun {
    static let command = Command(
        CommandSpec(
            path: ["task", "run"], summary: "Run one task now, in this process",
            discussion: """
                It runs under a lease like any other attempt, due or not, also when it is stuck or its kind is paused. \
                How the attempt ends is written down; one that fails goes on by its policy.
                """,
            arguments: [ArgumentSpec(name: "TASK", summary: "The task's number")],
            examples: [ExampleSpec(command: "qrpay task run 17", summary: "Try one before pushing them all")],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "It is answered \"not yet\", and has given up"),
                ExitStatusSpec(status: 4, meaning: "It runs elsewhere, is done, or is canceled"),
                ExitStatusSpec(status: 8, meaning: "It is answered \"not yet\", and waits again"),
            ]), libraries: [.http, .signing]
    ) { options, context in
        let id = try TaskFilterOptions.id(try options.required("TASK"))
        let services = try await Wiring.services(options, context)
        let worker = Worker(services, processes: context.processes)
        try await worker.rescueTasksOfDeadWorkers()
        let attempt: Worker.Attempt
        do { attempt = try await worker.run(taskID: id) } catch let error as SQLError {
            throw Problem(whileTasksRan: error)
        }
        let task = try await Tasks(services).details(id).task
        context.did("task \(id): \(AttemptText.line(attempt))", look: "qrpay task show \(id)")
        try context.show(TaskOutput(task, now: context.world.now()), asJSON: options.isJSON)
        try context.note(AttemptText.line(attempt))
        switch attempt.ending {
        case .done: return .done
        case .leaseLost: return .conflict
        case .postponed: return attempt.problem.map { ExitStatus($0.kind) } ?? .pending
        case .stuck:
            try context.note("it gave up, and is not tried again by itself: 'qrpay task requeue \(id)'")
            return attempt.problem.map { ExitStatus($0.kind) } ?? .negative
        }
    }
}
