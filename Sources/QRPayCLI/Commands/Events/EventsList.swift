import CommandLineKit
import JSONKit
import Payments
import QueueKit
import WorldKit

enum EventsList {
    private static let order = Option("order", "ORDER", .identifier, summary: "Only of this order")
    private static let refused = Option(
        flag: "refused", summary: "The deliveries that are not events, with the reason, instead")
    private static let limit = Option("limit", "N", .integer(in: 1...1_000_000), default: "100", summary: "At most N")

    static let command = Command(
        CommandSpec(
            path: ["events", "list"], summary: "List the notifications written for payment events, newest first",
            options: [EventOptions.stores, order, refused, limit], rules: [.exclusive(order, refused)],
            examples: [
                ExampleSpec(
                    command: "qrpay events list --order 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e",
                    summary: "What the guest of an order was notified of")
            ])
    ) { options, context in
        let configuration = try Configuration(options, environment: context.environment)
        let notifications = try await EventOptions.notifications(configuration, context, isMade: false)
        if options[refused] {
            var filter = TaskFilter()
            filter.kinds = [.refusedEvent]
            filter.states = [.stuck]
            filter.limit = options[limit]
            let items = try await notifications.queue.list(filter).map(RefusedEventOutput.init)
            try context.show(items, asJSON: options.isJSON, ifEmpty: "no refused deliveries")
        } else {
            let items = try await notifications.list(orderID: options[order], limit: options[limit])
            let now = context.world.now()
            try context.show(
                items.map { EventNotificationOutput(notification: $0, now: now) }, asJSON: options.isJSON,
                ifEmpty: "no notifications")
        }
        await notifications.close()
        return .done
    }
}

private struct EventNotificationOutput: Listed {
    var notification: EventNotification
    /// The time that relative times refer to.
    var now: Instant

    var json: JSONObject {
        [
            "event_id": notification.eventID, "type": notification.type, "order_id": notification.orderID,
            "uid": notification.uid, "message": notification.text, "at": notification.at.rfc3339,
            "created_at": notification.createdAt.rfc3339,
        ]
    }

    static let columns = [
        TextTable.Column("AT", isShrinkable: false), TextTable.Column("TYPE", isShrinkable: false),
        TextTable.Column("UID", isShrinkable: false), TextTable.Column("MESSAGE"),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(notification.at.rfc3339, onTerminal: notification.at.relative(to: now)),
            TextTable.Cell(notification.type), TextTable.Cell(notification.uid ?? "-"),
            TextTable.Cell(notification.text),
        ]
    }
}

private struct RefusedEventOutput: Listed {
    var task: QueuedTask

    init(_ task: QueuedTask) { self.task = task }

    var json: JSONObject {
        [
            "task_id": String(task.taskID), "type": task.payload["type"], "reason": task.errorMessage,
            "body": task.payload["body"], "body_hex": task.payload["hex"], "received_at": task.createdAt.rfc3339,
        ]
    }

    static let columns = [
        TextTable.Column("RECEIVED", isShrinkable: false), TextTable.Column("TYPE", isShrinkable: false),
        TextTable.Column("REASON", isShrinkable: false), TextTable.Column("BODY"),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(task.createdAt.rfc3339), TextTable.Cell(task.payload["type"] ?? "-"),
            TextTable.Cell(task.errorMessage ?? "-"), TextTable.Cell(task.payload["body"] ?? task.payload["hex"] ?? ""),
        ]
    }
}
