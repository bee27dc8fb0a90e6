import HTTPKit
import JSONKit
import Ordering
import OrderingCore

/// Notifications and push events of a user.
enum NewsRoutes {
    static func all(_ context: RouteContext, _ streams: PushStreams) -> [Route] {
        [notifications(context), push(context, streams)]
    }

    private static func notifications(_ context: RouteContext) -> Route {
        Route(
            "GET", "/api/v1/notifications", operation: "listNotifications",
            summary: "The last thousand notifications, oldest first", access: .user, Input.token,
            output: .value("The notifications", .array(of: Wire.notificationSchema, to: 1000))
        ) { token in
            let userID = try await context.user(token)
            let answer = try await context.gateway.notifications(userID: userID).checked()
            return Reply(try answer.rows.list(Wire.notification), subject: userID)
        }
    }

    private static func push(_ context: RouteContext, _ streams: PushStreams) -> Route {
        Route(
            "GET", "/api/v1/push", operation: "listen",
            summary:
                "Server-sent events: one event 'order' for each order that ends, from now on or from Last-Event-ID",
            access: .user, Input.token, Input.lastEventID,
            output: .events("Events 'order' with {id, status, reason, createdAt}"), failures: [429]
        ) { token, last in
            let userID = try await context.user(token)
            return Reply(try await streams.open(userID: userID, token: token, after: last), subject: userID)
        }
    }
}
