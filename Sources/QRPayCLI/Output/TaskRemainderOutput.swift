import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

/// Tasks left by a drain: which, why, and what would help.
struct TaskRemainderOutput {
    var remainder: TaskRemainder

    var json: JSONObject {
        let tasks = remainder.tasks
        return [
            "kind": tasks.kind.rawValue, "state": tasks.state.rawValue, "count": tasks.count,
            "error_class": tasks.errorClass, "since": tasks.since?.rfc3339, "first_due_at": tasks.firstDue.rfc3339,
            "paused": remainder.pause.map { TaskPauseOutput(pause: $0).json },
        ]
    }

    var line: TerminalText {
        let tasks = remainder.tasks
        let error = tasks.isFailing ? tasks.errorClass : nil
        let state =
            switch tasks.state {
            case .stuck: "stuck since \(tasks.firstDue.rfc3339)"
            case .running: "running elsewhere, the first lease until \(tasks.firstDue.rfc3339)"
            case .scheduled: "scheduled, the next at \(tasks.firstDue.rfc3339)"
            case .waiting: "waiting for older tasks"
            case .ready, .done, .canceled: "\(tasks.state.rawValue) since \(tasks.firstDue.rfc3339)"
            }
        let failing = error.map { ", failing with \($0)" } ?? ""
        return "left: \(tasks.count) \(tasks.kind.rawValue) \(state)\(failing)\(pause ?? help.map { ": \($0)" } ?? "")"
    }

    private var pause: String? {
        guard let pause = remainder.pause, remainder.tasks.state != .running else { return nil }
        let reason = pause.reason.isEmpty ? "" : " because: \(pause.reason)"
        return ", paused by \(pause.pausedBy) since \(pause.pausedAt.rfc3339)\(reason): "
            + "qrpay task resume \(pause.kind.rawValue)"
    }

    private var help: String? {
        remainder.tasks.state == .stuck
            ? "qrpay task list --kind \(remainder.tasks.kind.rawValue) --state stuck" : nil
    }
}
