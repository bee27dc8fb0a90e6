import CommandLineKit
import PaymentCore
import Payments
import WorldKit

enum OrderList {
    private static let status = Option(
        repeated: "status", "STATUS", ValueParser<OrderStatus>.word, summary: "Only orders of this status")
    private static let restaurant = Option("restaurant", "CLIENT_ID", .identifier, summary: "Only of this restaurant")
    private static let uid = Option("uid", "UID", .identifier, summary: "Only paid by this user")
    private static let limit = Option("limit", "N", .integer(in: 1...1_000_000), default: "100", summary: "At most N")

    static let command = Command(
        CommandSpec(
            path: ["order", "list"], summary: "List orders, newest first",
            options: [status, restaurant, uid, Period.since, Period.until, limit],
            check: { _ = try Period.bounds($0) },
            examples: [
                ExampleSpec(
                    command: "qrpay order list --status HOLD_FAILED --since 1d",
                    summary: "Payments that failed in the last day")
            ])
    ) { options, context in
        let now = context.world.now()
        var filter = OrderFilter()
        filter.statuses = options[status].unique
        filter.clientID = options[restaurant]
        filter.uid = options[uid]
        (filter.since, filter.until) = try Period.bounds(options)
        filter.limit = options[limit]
        let orders = Orders(try await Wiring.services(options, context))
        let items = try await orders.list(filter).map {
            OrderOutput(order: $0, deeplink: orders.deeplink(of: $0), now: now)
        }
        try context.show(
            items, asJSON: options.isJSON, ifEmpty: "no orders", without: OrderOutput.columnsSaid(by: filter, items))
        return .done
    }
}
