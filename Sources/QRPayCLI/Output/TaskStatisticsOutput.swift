import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

/// The queue's figures: all of them as JSON, the important ones as text.
struct TaskStatisticsOutput {
    var statistics: PaymentStatistics
    var now: Instant

    func show(_ context: Context, asJSON: Bool) throws {
        if asJSON { return try context.output.write(try JSONText.render(json)) }
        try context.show(
            statistics.tasks.depths.map { DepthOutput(depth: $0, now: now) }, asJSON: false, ifEmpty: "no tasks wait")
        if context.terminal.isTerminal { try context.output.write("\n") }
        try context.show(FactsOutput(statistics: statistics, now: now), asJSON: false)
    }

    private var json: JSONObject {
        [
            "depth": statistics.tasks.depths.map { DepthOutput(depth: $0, now: now).json },
            "paused": statistics.tasks.pauses.map { TaskPauseOutput(pause: $0).json },
            "errors": statistics.tasks.errors.map(Self.json),
            "beyond_attempts": Self.byKind(statistics.tasks.beyondAttempts),
            "attempts_limit": statistics.limits.taskAttempts,
            "beyond_age": Self.byKind(statistics.tasks.beyondAge),
            "age_limit_seconds": statistics.limits.taskAgeSeconds,
            "done_last_minute": Self.byKind(statistics.tasks.doneLastMinute),
            "done_last_hour": Self.byKind(statistics.tasks.doneLastHour),
            "done_last_day": Self.byKind(statistics.tasks.doneLastDay),
            "receipts_last_day": statistics.receipts, "receipt_seconds_p50": statistics.receiptSecondsP50,
            "receipt_seconds_p95": statistics.receiptSecondsP95,
            "enqueue_failures": statistics.tasks.stagingFailures.total,
            "enqueue_failures_last_day": statistics.tasks.stagingFailures.recent,
            "enqueue_failed_last_at": statistics.tasks.stagingFailures.lastAt?.rfc3339,
            "enqueue_failure_message": statistics.tasks.stagingFailures.lastMessage,
        ]
    }

    private static func json(of group: UnfinishedTasks) -> JSONObject {
        [
            "error_class": group.errorClass, "count": group.count, "oldest_created_at": group.oldest.rfc3339,
            "most_attempts": group.attempts,
        ]
    }

    private static func byKind(_ counts: [TaskKind: Int]) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: TaskKindChoice.all.map { ($0.rawValue, counts[$0] ?? 0) })
    }
}

/// Tasks of one kind in one state.
private struct DepthOutput: Listed {
    var depth: UnfinishedTasks
    var now: Instant

    private var age: Double? { depth.since.map { max(0, now.seconds(since: $0)) } }

    var json: JSONObject {
        [
            "kind": depth.kind.rawValue, "state": depth.state.rawValue, "count": depth.count,
            "since": depth.since?.rfc3339, "age_seconds": age,
        ]
    }

    static let columns = [
        TextTable.Column("KIND"), TextTable.Column("STATE"), TextTable.Column("COUNT", alignment: .right),
        TextTable.Column("OLDEST SINCE"),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(depth.kind.rawValue), TextTable.Cell(depth.state.rawValue, effect: depth.state.effect),
            TextTable.Cell("\(depth.count)"),
            TextTable.Cell(depth.since?.rfc3339 ?? "-", onTerminal: depth.since?.relative(to: now)),
        ]
    }
}

/// Figures not specific to one kind and state, one per line.
private struct FactsOutput: Detailed {
    var statistics: PaymentStatistics
    var now: Instant

    var json: JSONObject { [:] }

    var details: [(label: String, value: String?)] {
        let limits = statistics.limits
        var lines: [(String, String?)] = statistics.tasks.pauses.map { pause in
            let reason = pause.reason.isEmpty ? "" : ": \(pause.reason)"
            return (
                "paused", "\(pause.kind.rawValue) since \(pause.pausedAt.rfc3339) by \(pause.pausedBy)\(reason)"
            )
        }
        lines += statistics.tasks.errors.map {
            ("failing", "\($0.count) with \($0.errorClass ?? "-"), the oldest of \($0.oldest.rfc3339)")
        }
        lines += [
            ("beyond \(limits.taskAttempts) attempts", Self.list(statistics.tasks.beyondAttempts)),
            ("older than \(Int(limits.taskAgeSeconds)) s", Self.list(statistics.tasks.beyondAge)),
            ("done in a minute", Self.list(statistics.tasks.doneLastMinute)),
            ("done in an hour", Self.list(statistics.tasks.doneLastHour)),
            ("done in a day", Self.list(statistics.tasks.doneLastDay)), ("receipts in a day", receipts),
            ("enqueue failures", failures),
        ]
        return lines
    }

    private static func list(_ counts: [TaskKind: Int]) -> String {
        let total = counts.values.reduce(0, +)
        guard total > 0 else { return "0" }
        let kinds = TaskKindChoice.all.compactMap { kind in
            counts[kind].flatMap { $0 > 0 ? "\($0) \(kind.rawValue)" : nil }
        }
        return "\(total) (\(kinds.joined(separator: ", ")))"
    }

    private var receipts: String {
        guard let half = statistics.receiptSecondsP50, let most = statistics.receiptSecondsP95 else { return "0" }
        return "\(statistics.receipts), half within \(Self.seconds(half)), 95% within \(Self.seconds(most))"
    }

    private static func seconds(_ value: Double) -> String { "\((value * 10).rounded() / 10) s" }

    private var failures: String {
        let failures = statistics.tasks.stagingFailures
        guard let lastAt = failures.lastAt else { return "0" }
        return "\(failures.total), \(failures.recent) in a day, the last at \(lastAt.rfc3339): "
            + "\(failures.lastMessage ?? "?"); 'qrpay task backfill' finds what is missing"
    }
}
