import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

/// A task as every command shows it.
struct TaskOutput: Detailed, Listed {
    private let task: QueuedTask
    private let now: Instant

    /// - Parameter now: the time that relative times refer to.
    init(_ task: QueuedTask, now: Instant) {
        self.task = task
        self.now = now
    }

    var json: JSONObject {
        [
            "task_id": String(task.taskID), "kind": task.kind.rawValue, "key": task.key, "state": task.state.rawValue,
            "attempts": task.attempts, "next_attempt_at": nextAttempt?.rfc3339, "leased_by": task.leasedBy,
            "error_class": task.errorClass, "error_message": task.errorMessage, "order_id": task.orderID,
            "client_id": task.tags[.clientID], "since": since?.rfc3339, "created_at": task.createdAt.rfc3339,
            "updated_at": task.updatedAt.rfc3339,
        ]
    }

    /// Nil when no attempt is planned.
    private var nextAttempt: Instant? {
        task.state == .scheduled || task.state == .ready ? task.nextAttemptAt : nil
    }

    /// When it entered its state; nil while it is waiting.
    private var since: Instant? { task.state == .scheduled ? nil : task.stateAt }

    var details: [(label: String, value: String?)] {
        [
            ("task_id", "\(task.taskID)"), ("kind", task.kind.rawValue), ("key", task.key),
            ("state", task.state.rawValue), ("since", since?.rfc3339), ("attempts", "\(task.attempts)"),
            ("next_attempt_at", nextAttempt?.rfc3339), ("leased_by", task.leasedBy),
            ("lease_expires_at", task.leaseExpiresAt?.rfc3339), ("order_id", task.orderID),
            ("error_class", task.errorClass), ("error_message", task.errorMessage),
            ("created_at", task.createdAt.rfc3339),
        ]
    }

    static let columns = [
        TextTable.Column("TASK", alignment: .right, isShrinkable: false), TextTable.Column("KIND", isShrinkable: false),
        TextTable.Column("STATE", isShrinkable: false), TextTable.Column("TRIES", alignment: .right),
        TextTable.Column("WHEN", isShrinkable: false), TextTable.Column("ORDER", isShrinkable: false),
        // The class and the start of the message.
        TextTable.Column("LAST ERROR", minimumWidth: 32),
    ]

    /// The columns that would repeat a filter in every row.
    static func columnsSaid(by filter: TaskFilter) -> Set<String> {
        var columns: Set<String> = []
        if filter.kinds.count == 1 { columns.insert("KIND") }
        if filter.states.count == 1 { columns.insert("STATE") }
        if filter.orderID != nil { columns.insert("ORDER") }
        return columns
    }

    var cells: [TextTable.Cell] {
        // The last error is irrelevant once the task has ended.
        let isNews = !task.state.isFinal || !AttemptClass.waiting.contains(task.errorClass ?? "")
        let error = isNews ? [task.errorClass, task.errorMessage].compactMap(\.self).joined(separator: ": ") : ""
        return [
            TextTable.Cell("\(task.taskID)"), TextTable.Cell(task.kind.rawValue),
            TextTable.Cell(task.state.rawValue, effect: task.state.effect), TextTable.Cell("\(task.attempts)"),
            TextTable.Cell(task.stateAt.rfc3339, onTerminal: task.stateAt.relative(to: now)),
            TextTable.Cell(task.orderID ?? "-"),
            TextTable.Cell(error.isEmpty ? "-" : error),
        ]
    }
}

extension TaskState {
    /// The color of the state on a terminal.
    var effect: TextStyle.Effect? {
        switch self {
        case .stuck: .red
        case .running: .cyan
        case .done: .green
        case .scheduled, .ready, .waiting, .canceled: nil
        }
    }
}
