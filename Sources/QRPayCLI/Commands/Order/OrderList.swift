import CommandLineKit
import PaymentCore
import Payments
import WorldKit

enum OrderList {
    static let command = Command(
        CommandSpec(
            path: ["order", "list"], summary: "List orders, newest first",
            options: [
                OptionSpec(
                    name: "status", value: "STATUS", isRepeatable: true,
                    completion: .values(OrderStatus.allCases.map(\.rawValue)), summary: "Only orders of this status"),
                OptionSpec(name: "restaurant", value: "CLIENT_ID", summary: "Only of this restaurant"),
                OptionSpec(name: "uid", value: "UID", summary: "Only paid by this user"),
                OptionSpec(
                    name: "since", value: "TIME",
                    summary: "Created at or after: \(ParsedOptions.timeForms)"),
                OptionSpec(name: "until", value: "TIME", summary: "Created before"),
                OptionSpec(name: "limit", value: "N", default: "100", summary: "At most N"),
            ],
            examples: [
                ExampleSpec(
                    command: "qrpay order list --status HOLD_FAILED --since 1d",
                    summary: "Payments that failed in the last day")
            ])
    ) { options, context in
        let now = context.world.now()
        var filter = OrderFilter()
        filter.statuses = try options.words("status")
        filter.clientID = try options.identifier(option: "restaurant")
        filter.uid = try options.identifier(option: "uid")
        (filter.since, filter.until) = try options.period(context)
        filter.limit = try options.integer("limit", in: 1...1_000_000) ?? 100
        let orders = Orders(try await Wiring.services(options, context))
        let items = try await orders.list(filter).map {
            OrderOutput(order: $0, deeplink: orders.deeplink(of: $0), now: now)
        }
        try context.show(
            items, asJSON: options.isJSON, ifEmpty: "no orders", without: OrderOutput.columnsSaid(by: filter, items))
        return .done
    }
}
