import CommandLineKit
import QRPayDomain
import QRPayServices
import QRPayStore
import Synchronization

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
        let services = try await Wiring.services(options, context, store: .madeIfMissing)
        let kinds: [TaskKind] = try options.words("kind")
        var loop = WorkLoop(services, worker: Worker(services, processes: context.processes))
        if !kinds.isEmpty { loop.kinds = kinds }
        loop.concurrency = try options.integer("concurrency", in: 1...1000) ?? loop.concurrency
        loop.report = { attempt in
            // The work goes on where nobody reads its log any more.
            try? context.note(line(attempt))
        }
        loop.reportFailure = { error in
            try? context.errors.write(
                ErrorText.render(Problem(error), asJSON: options.isJSON, style: context.errorTerminal.style))
        }
        let horizon = try options.seconds("horizon") ?? 10
        let isDrain = options.isSet("drain")
        let (summary, signal) = try await untilStopped(context) { [loop] in
            try await isDrain ? loop.drain(horizonSeconds: horizon) : loop.run()
        }
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
        return try await Tasks(services).list(filter).filter { task in
            task.errorClass.map { !isWaiting.contains($0) } ?? false
        }.map(\.taskID)
    }

    /// What tasks are postponed for when nothing is wrong.
    private static let isWaiting: Set = ["not_yet", "not_due"]

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

    /// Runs `body` until it ends, or a signal asks to stop; it then finishes what it is at.
    /// - Returns: what it did; the signal, if one came.
    private static func untilStopped(
        _ context: Context, _ body: @escaping @Sendable () async throws -> WorkLoop.Summary
    ) async throws -> (WorkLoop.Summary, signal: Int32?) {
        context.holdStopSignals()
        let signal = Mutex<Int32?>(nil)
        let work = Task { try await body() }
        let watch = Task {
            let number = await context.stopSignal()
            signal.withLock { $0 = number }
            work.cancel()
        }
        defer { watch.cancel() }
        let summary = try await work.value
        return (summary, signal.withLock { $0 })
    }
}
