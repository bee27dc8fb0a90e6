import CommandLineKit
import PaymentCore
import Payments

enum OrderCancel {
    private static let order = OrderReference.argument(summary: "The order's id")
    private static let reason = Option(
        "reason", "TEXT", .text, default: "canceled by support", summary: "The reason, for the journal")

    static let command = Command(
        CommandSpec(
            path: ["order", "cancel"], summary: "Cancel an order that is not being paid",
            arguments: [order], options: [reason],
            examples: [
                ExampleSpec(
                    command: "qrpay order cancel 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e --reason 'guest left'",
                    summary: "Cancel an order")
            ]), libraries: [.http, .signing]
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let orders = Orders(services)
        let orderID = try options[order].orderID(services)
        let order = try await Undertaking(.cancellation, of: orderID).begin {
            try await orders.cancel(
                orderID, actor: context.actor, reason: options[reason])
        }
        context.did("order \(order.orderID) is \(order.status.rawValue)", look: "qrpay order show \(order.orderID)")
        try context.show(OrderOutput(order: order, deeplink: orders.deeplink(of: order)), asJSON: options.isJSON)
        return .done
    }
}
