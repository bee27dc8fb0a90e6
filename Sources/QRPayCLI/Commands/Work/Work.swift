import CommandLineKit
import JSONKit
import MessagingKit
import PaymentCore
import Payments
import QueueKit
import SQLKit
import WorldKit

enum Work {
    private static let drain = Option(flag: "drain", summary: "Stop when no task is due soon")
    private static let horizon = Option(
        "horizon", "TIME", .seconds(), default: "10s", summary: "With --drain, wait for tasks due within this time")
    private static let concurrency = Option(
        "concurrency", "N", .integer(in: 1...1000), default: "8", summary: "Tasks run concurrently")

    static let command = Command(
        CommandSpec(
            path: ["work"], summary: "Run the tasks of the queue",
            discussion: """
                Any number of workers can share a store; a task is leased to one of them at a time. Without --drain, \
                it runs until SIGINT or SIGTERM, finishes running tasks and exits with status 0. With --drain, it \
                reports the tasks left and why; if stopped, it exits with the signal's status, since tasks may be \
                left. A second signal ends either immediately. It shows progress on a terminal; elsewhere it logs a \
                line for each attempt: end time, the task's number, kind and key, and the outcome; with --json, as a \
                JSON object. With a broker, the events of payments are sent to it; no task waits for that.
                """,
            options: [drain, horizon, TaskKindChoice.option, concurrency] + EventOptions.all,
            examples: [ExampleSpec(command: "qrpay work --drain", summary: "Run all due tasks, then stop")],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "With --drain, a task got stuck"),
                ExitStatusSpec(status: 5, meaning: "With --drain, tasks are left waiting for a failing partner"),
            ]), libraries: [.http, .signing]
    ) { options, context in
        try await context.withLogQueue { try await work(options, $0) }
    }

    private static func work(_ options: ParsedOptions, _ context: Context) async throws -> ExitStatus {
        let configuration = try Configuration(options, environment: context.environment)
        let services = try await Wiring.services(
            configuration, context, missingStore: .made, connections: StoreOpening.connectionsOfWorker,
            runsTasks: true)
        let events = try await EventRelay.configured(configuration, services.store, context)
        let kinds = options[TaskKindChoice.option].unique
        var loop = WorkLoop(Worker(services.queue, processes: context.processes))
        if !kinds.isEmpty { loop.kinds = kinds }
        loop.concurrency = options[concurrency]
        let progress = WorkProgress(context, asJSON: options.isJSON)
        loop.reportRunning = { progress.report(running: $0) }
        loop.report = { progress.report($0) }
        loop.reportFailure = { error in
            let text = ErrorText.render(Problem(error), asJSON: options.isJSON, style: context.errorTerminal.style)
            progress.note(TerminalText(drawn: String(text.text.dropLast())))
        }
        loop.endsWith = { [.replaced, .moved].contains(($0 as? SQLError)?.code) }
        let passes = EventPassLog()
        let relaying = events?.start { pass in
            passes.add(pass)
            guard let line = passes.line(pass, at: context.world.now()) else { return }
            progress.note((options.isJSON ? try? JSONText.line(line.json) : nil) ?? "\(line.text)")
        }
        let (isDrain, horizon) = (options[drain], options[horizon])
        let (result, signal) = await context.untilStopped { [loop] in
            try await progress.show {
                try await isDrain ? loop.drain(horizonSeconds: horizon) : loop.run()
            }
        }
        relaying?.cancel()
        await relaying?.value
        var pass = isDrain && signal == nil ? await events?.flush() : nil
        // Include the events that were sent alongside the tasks.
        pass?.sent += passes.sent
        await events?.close()
        let summary: WorkLoop.Summary
        do { summary = try result.get() } catch let error as SQLError { throw Problem(whileTasksRan: error) }
        context.did("worked: \(summary.text)", look: "qrpay task stats")
        let remainders = isDrain ? try await services.queue.remainders(of: loop.kinds ?? TaskKindChoice.all) : []
        if options.isJSON {
            var json: JSONObject = [
                "done": summary.done, "postponed": summary.postponed, "stuck": summary.stuck,
                "failing": try await ids(of: remainders.filter(\.isFailing), services),
                "next_due_at": summary.nextDue?.rfc3339,
                "left": remainders.map { TaskRemainderOutput(remainder: $0).json },
            ]
            if let pass { json["events"] = EventPassLog.json(pass) }
            try context.output.write(try JSONText.render(json))
        } else {
            try context.output.write("\(summary.text)\n")
            if let pass, pass != Relay.Pass() { try context.note("\(EventPassLog.text(pass))") }
            for remainder in remainders { try context.note(TaskRemainderOutput(remainder: remainder).line) }
        }
        guard isDrain else { return .done }
        if let signal { return ExitStatus(signal: signal) }
        if summary.stuck > 0 { return .negative }
        return remainders.contains(where: \.isFailing) ? .partner : .done
    }

    private static func ids(of remainders: [TaskRemainder], _ services: Services) async throws -> [String] {
        var ids: [String] = []
        for tasks in remainders.map(\.tasks) {
            var filter = TaskFilter()
            filter.kinds = [tasks.kind]
            filter.states = [tasks.state]
            filter.errorClass = tasks.errorClass
            filter.attempts = 1
            ids += try await services.queue.list(filter).map { String($0.taskID) }
        }
        return ids
    }
}
