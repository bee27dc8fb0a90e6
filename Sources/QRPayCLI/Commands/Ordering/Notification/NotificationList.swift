import CommandLineKit
import JSONKit
import OrderingAPI
import OrderingCore
import WorldKit

enum NotificationList {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "notification", "list"],
            summary: "List a user's notifications, oldest first, the last thousand",
            options: OrderingUser.options, rules: OrderingUser.rules,
            examples: [
                ExampleSpec(
                    command: "qrpay ordering notification list --user Pavel", summary: "List a user's notifications")
            ]), libraries: [.http, .signing, .localBroker]
    ) { options, context in
        let notifications = try await OrderingUser.with(options, context, changing: false) {
            try await $0.notifications()
        }
        try context.show(
            notifications.map(NotificationOutput.init), asJSON: options.isJSON, ifEmpty: "no notifications")
        return .done
    }
}

private struct NotificationOutput: Listed {
    var notification: OrderingCore.Notification

    var json: JSONObject {
        [
            "notification_id": notification.id, "message": notification.message,
            "created_at": notification.createdAt.rfc3339,
        ]
    }

    static let columns = [TextTable.Column("CREATED", isShrinkable: false), TextTable.Column("MESSAGE")]

    var cells: [TextTable.Cell] {
        [TextTable.Cell(notification.createdAt.rfc3339), TextTable.Cell(notification.message)]
    }
}
