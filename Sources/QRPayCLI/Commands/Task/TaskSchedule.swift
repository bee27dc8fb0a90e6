import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

enum TaskSchedule {
    static let command = Command(
        CommandSpec(
            path: ["task", "schedule"], summary: "Print the future attempts of a task, or of a kind's policy",
            discussion: """
                The schedule assumes that every attempt is answered "not yet" or, with --failing, that every attempt \
                fails. Times are the earliest and latest due to jitter; attempts are assumed to take no time.
                """,
            arguments: [ArgumentSpec(name: "WHAT", summary: "A task's number, or a kind")],
            options: [
                OptionSpec(name: "failing", summary: "Assume that every attempt fails"),
                OptionSpec(name: "limit", value: "N", default: "1000", summary: "At most N"),
            ],
            examples: [
                ExampleSpec(
                    command: "qrpay task schedule receipt.fetch", summary: "Show how long a receipt is awaited"),
                ExampleSpec(command: "qrpay task schedule 17 --failing", summary: "Show when task 17 would get stuck"),
            ])
    ) { options, context in
        let limit = try options.integer("limit", in: 1...1_000_000) ?? 1000
        let isNotYet = !options.isSet("failing")
        let text = try options.required("WHAT")
        var rows: [PlannedAttemptOutput] = []
        if let kind = TaskKind.payment(named: text) {
            let configuration = try Configuration(options, environment: context.environment)
            let policy = configuration.settings.retryPolicy(kind)
            rows = policy.schedule(isNotYet: isNotYet, limit: limit).map { PlannedAttemptOutput(attempt: $0) }
        } else {
            guard Int64(text) != nil else {
                throw ParsedOptions.invalid(
                    "WHAT", text, "a task's number, or", oneOf: TaskKind.payments.map(\.rawValue))
            }
            let tasks = try await Wiring.services(options, context).queue
            let task = try await tasks.details(try TaskFilterOptions.id(text)).task
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
