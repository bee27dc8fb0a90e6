import CommandLineKit
import QRPayDomain
import QRPayServices

enum Work {
    static let command = Command(
        CommandSpec(
            path: ["work"], summary: "Run the tasks of the queue",
            discussion: """
                Any number of workers may run on one store; a task is leased to one of them at a time. Without --drain \
                it works until it is stopped, and finishes what runs then.
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
        let services = try await Wiring.services(options, context)
        let kinds: [TaskKind] = try options.words("kind")
        let tally = Tally()
        var loop = WorkLoop(services, worker: Worker(services, processes: context.processes))
        if !kinds.isEmpty { loop.kinds = kinds }
        loop.concurrency = try options.integer("concurrency", in: 1...1000) ?? loop.concurrency
        loop.report = { attempt in
            await tally.add(attempt)
            // The work goes on where nobody reads its log any more.
            try? context.note(line(attempt))
        }
        let horizon = try options.seconds("horizon") ?? 10
        let isDrain = options.isSet("drain")
        let summary = try await untilStopped(context) { [loop] in
            try await isDrain ? loop.drain(horizonSeconds: horizon) : loop.run()
        }
        let failing = await tally.failing
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
        if summary.stuck > 0 { return .negative }
        return failing.isEmpty ? .done : .partner
    }

    /// One task, one line.
    private static func line(_ attempt: Worker.Attempt) -> String {
        let task = attempt.task
        let ending =
            switch attempt.ending {
            case .done: "done"
            case .postponed(let until, let errorClass): "again at \(until.rfc3339) (\(errorClass))"
            case .stuck(let errorClass): "stuck (\(errorClass))"
            case .leaseLost: "lease lost"
            }
        let message = attempt.message.map { ": \(TerminalText.escaped($0))" } ?? ""
        return "\(task.kind.rawValue) \(task.key) attempt \(task.attempts) \(ending)\(message)"
    }

    /// Runs `body` until it ends or a signal asks to stop; the body then finishes what it is at.
    private static func untilStopped(
        _ context: Context, _ body: @escaping @Sendable () async throws -> WorkLoop.Summary
    ) async throws -> WorkLoop.Summary {
        let work = Task { try await body() }
        let watch = Task {
            _ = await context.stopSignal()
            work.cancel()
        }
        defer { watch.cancel() }
        return try await work.value
    }
}

/// Which tasks failed last time they were tried.
private actor Tally {
    private(set) var failing: Set<Int64> = []

    func add(_ attempt: Worker.Attempt) {
        if attempt.problem == nil {
            failing.remove(attempt.task.taskID)
        } else {
            failing.insert(attempt.task.taskID)
        }
    }
}
