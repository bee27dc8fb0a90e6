import CommandLineKit
import QRPayDomain
import QRPayServices
import QRPayStore

enum Work {
    static let command = Command(
        CommandSpec(
            path: ["work"], summary: "Run the tasks of the queue",
            discussion: """
                Any number of workers may run on one store; a task is leased to one of them at a time. Without --drain \
                it works until it is stopped, and finishes what runs then. On a terminal it shows how far it is, elsewhere \
                it logs a line for each attempt.
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
            ])
    ) { options, context in
        let services = try await Wiring.services(options, context, missingStore: .made)
        let kinds: [TaskKind] = try options.words("kind")
        var loop = WorkLoop(services, worker: Worker(services, processes: context.processes))
        if !kinds.isEmpty { loop.kinds = kinds }
        loop.concurrency = try options.integer("concurrency", in: 1...1000) ?? loop.concurrency
        let progress = WorkProgress(context)
        loop.report = { progress.report($0) }
        loop.reportFailure = { error in
            progress.note(ErrorText.render(Problem(error), asJSON: options.isJSON, style: context.errorTerminal.style))
        }
        let horizon = try options.seconds("horizon") ?? 10
        let isDrain = options.isSet("drain")
        let (result, signal) = await context.untilStopped { [loop] in
            defer { progress.end() }
            return try await isDrain ? loop.drain(horizonSeconds: horizon) : loop.run()
        }
        let summary = try result.get()
        let failing = try await failingTasks(of: loop.kinds, services)
        if options.isJSON {
            let json: JSONObject = [
                "done": summary.done, "postponed": summary.postponed, "stuck": summary.stuck,
                "failing": failing.map { String($0) }, "next_due_at": summary.nextDue?.rfc3339,
            ]
            try context.output.write(try JSONText.render(json))
        } else {
            try context.output.write("\(summary.done) done, \(summary.postponed) postponed, \(summary.stuck) stuck\n")
        }
        guard isDrain else { return .done }
        if let signal { return ExitStatus(signal: signal) }
        if summary.stuck > 0 { return .negative }
        return failing.isEmpty ? .done : .partner
    }

    /// The tasks that failed when they were last tried, by whomever, and will be tried again.
    private static func failingTasks(of kinds: [TaskKind], _ services: Services) async throws -> [Int64] {
        var filter = TaskFilter()
        filter.kinds = kinds
        filter.states = [.scheduled, .ready]
        let classes = try await Tasks(services).counts(filter, by: .error).compactMap(\.name)
        var failing: [Int64] = []
        for errorClass in classes where !AttemptClass.waiting.contains(errorClass) {
            filter.errorClass = errorClass
            failing += try await Tasks(services).list(filter).map(\.taskID)
        }
        return failing
    }
}
