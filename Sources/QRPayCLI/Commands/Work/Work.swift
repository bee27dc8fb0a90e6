import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import SQLKit
import WorldKit

enum Work {
    static let command = Command(
        CommandSpec(
            path: ["work"], summary: "Run the tasks of the queue",
            discussion: """
                Any number of workers may run on one store; a task is leased to one of them at a time. Without --drain \
                it works until SIGINT or SIGTERM, finishes what runs then, and is done: exit status 0. A drain tells \
                what it leaves and why; one that is stopped ends as the signal says, for there may be more to do. A \
                second signal ends either at once. On a terminal it shows how far it is, elsewhere it logs a line for \
                each attempt: when it ended, the task's number, kind and key, and the outcome; with --json as an \
                object.
                """,
            options: [
                OptionSpec(name: "drain", summary: "Stop when nothing is left to do soon"),
                OptionSpec(
                    name: "horizon", value: "TIME", default: "10s",
                    summary: "With --drain, wait for tasks that become due within that time"),
                OptionSpec(
                    name: "kind", value: "KIND", isRepeatable: true,
                    completion: .values(TaskKind.allCases.map(\.rawValue)), summary: "Only tasks of this kind"),
                OptionSpec(name: "concurrency", value: "N", default: "8", summary: "So many tasks at once"),
            ],
            examples: [ExampleSpec(command: "qrpay work --drain", summary: "Do what there is to do, then stop")],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "With --drain, a task gave up"),
                ExitStatusSpec(status: 5, meaning: "With --drain, tasks are left that wait for a failing partner"),
            ]), libraries: [.http, .signing]
    ) { options, context in
        try await context.withLogQueue { try await work(options, $0) }
    }

    private static func work(_ options: ParsedOptions, _ context: Context) async throws -> ExitStatus {
        let services = try await Wiring.services(options, context, missingStore: .made)
        let kinds: [TaskKind] = try options.words("kind")
        var loop = WorkLoop(services, worker: Worker(services, processes: context.processes))
        if !kinds.isEmpty { loop.kinds = kinds }
        loop.concurrency = try options.integer("concurrency", in: 1...1000) ?? loop.concurrency
        let progress = WorkProgress(context, asJSON: options.isJSON)
        loop.reportRunning = { progress.report(running: $0) }
        loop.report = { progress.report($0) }
        loop.reportFailure = { error in
            let text = ErrorText.render(Problem(error), asJSON: options.isJSON, style: context.errorTerminal.style)
            progress.note(TerminalText(drawn: String(text.text.dropLast())))
        }
        loop.endsWith = { ($0 as? SQLError)?.code == .replaced }
        let horizon = try options.seconds("horizon") ?? 10
        let isDrain = options.isSet("drain")
        let (result, signal) = await context.untilStopped { [loop] in
            try await progress.show {
                try await isDrain ? loop.drain(horizonSeconds: horizon) : loop.run()
            }
        }
        let summary: WorkLoop.Summary
        do { summary = try result.get() } catch let error as SQLError { throw Problem(whileTasksRan: error) }
        context.did("worked: \(summary.text)", look: "qrpay task stats")
        let remainders = isDrain ? try await Tasks(services).remainders(of: loop.kinds) : []
        if options.isJSON {
            let json: JSONObject = [
                "done": summary.done, "postponed": summary.postponed, "stuck": summary.stuck,
                "failing": try await ids(of: remainders.filter(\.isFailing), services),
                "next_due_at": summary.nextDue?.rfc3339,
                "left": remainders.map { TaskRemainderOutput(remainder: $0).json },
            ]
            try context.output.write(try JSONText.render(json))
        } else {
            try context.output.write("\(summary.text)\n")
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
            ids += try await Tasks(services).list(filter).map { String($0.taskID) }
        }
        return ids
    }
}
