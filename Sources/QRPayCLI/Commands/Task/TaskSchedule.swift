import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

enum TaskSchedule {
    /// A task, or the policy of a kind.
    private enum What {
        case task(Int64)
        case kind(TaskKind)

        static let parser = ValueParser { text throws -> What in
            if let kind = TaskKindChoice.named(text) { return .kind(kind) }
            guard let id = Int64(text), id > 0 else {
                let kinds = TaskKindChoice.all.map(TaskKindChoice.name).joined(separator: ", ")
                throw InvalidValue("must be a task's number, or one of \(kinds)")
            }
            return .task(id)
        }
    }

    private static let what = Argument("WHAT", What.parser, summary: "A task's number, or a kind")
    private static let failing = Option(flag: "failing", summary: "Assume that every attempt fails")
    private static let limit = Option(
        "limit", "N", .integer(in: 1...1_000_000), default: "1000", summary: "At most N")

    static let command = Command(
        CommandSpec(
            path: ["task", "schedule"], summary: "Print the future attempts of a task, or of a kind's policy",
            discussion: """
                The schedule assumes that every attempt is answered "not yet" or, with --failing, that every attempt \
                fails. Times are the earliest and latest due to jitter; attempts are assumed to take no time.
                """,
            arguments: [what], options: [failing, limit],
            examples: [
                ExampleSpec(
                    command: "qrpay task schedule receipt.fetch", summary: "Show how long a receipt is awaited"),
                ExampleSpec(command: "qrpay task schedule 17 --failing", summary: "Show when task 17 would get stuck"),
            ])
    ) { options, context in
        let (limit, isNotYet) = (options[limit], !options[failing])
        var rows: [PlannedAttemptOutput] = []
        switch options[what] {
        case .kind(let kind):
            let configuration = try Configuration(options, environment: context.environment)
            let policy = configuration.settings.retryPolicy(kind)
            rows = policy.schedule(isNotYet: isNotYet, limit: limit).map { PlannedAttemptOutput(attempt: $0) }
        case .task(let id):
            let tasks = try await Wiring.services(options, context).queue
            let task = try await tasks.details(id).task
            if let schedule = tasks.schedule(of: task, isNotYet: isNotYet, limit: limit) {
                rows = schedule.attempts.map { PlannedAttemptOutput(attempt: $0, start: schedule.start) }
            }
        }
        try context.show(rows, asJSON: options.isJSON, ifEmpty: "no attempts are planned")
        return .done
    }
}

private struct PlannedAttemptOutput: Listed {
    var attempt: PlannedAttempt
    /// The time of the first attempt; nil for a policy, whose times are relative.
    var start: Instant?

    private func time(_ offset: Double) -> String? { start.map { $0.advanced(bySeconds: offset).rfc3339 } }

    var json: JSONObject {
        [
            "attempt": attempt.attempt, "phase": attempt.phase.rawValue,
            "delay_seconds": attempt.delaySeconds.upperBound, "earliest_seconds": attempt.offsetSeconds.lowerBound,
            "latest_seconds": attempt.offsetSeconds.upperBound, "earliest_at": time(attempt.offsetSeconds.lowerBound),
            "latest_at": time(attempt.offsetSeconds.upperBound),
        ]
    }

    static let columns = [
        TextTable.Column("TRY", alignment: .right), TextTable.Column("PHASE"),
        TextTable.Column("DELAY", alignment: .right), TextTable.Column("EARLIEST", alignment: .right),
        TextTable.Column("LATEST", alignment: .right),
    ]

    var cells: [TextTable.Cell] {
        let (earliest, latest) = (attempt.offsetSeconds.lowerBound, attempt.offsetSeconds.upperBound)
        return [
            TextTable.Cell("\(attempt.attempt)"), TextTable.Cell(attempt.phase.rawValue),
            TextTable.Cell(Self.length(attempt.delaySeconds.upperBound)),
            TextTable.Cell(time(earliest) ?? "+" + Self.length(earliest)),
            TextTable.Cell(time(latest) ?? "+" + Self.length(latest)),
        ]
    }

    /// Seconds with up to three decimals.
    private static func length(_ seconds: Double) -> String {
        let rounded = (seconds * 1000).rounded() / 1000
        return rounded == rounded.rounded() && rounded < 1e15 ? "\(Int64(rounded))s" : "\(rounded)s"
    }
}
