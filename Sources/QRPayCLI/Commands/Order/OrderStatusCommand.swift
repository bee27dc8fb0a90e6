import CommandLineKit
import QRPayDomain
import QRPayServices

enum OrderStatusCommand {
    static let command = Command(
        CommandSpec(
            path: ["order", "status"], summary: "Show an order's status as iiko's poll and the guest's app see it",
            arguments: [ArgumentSpec(name: "ORDER", summary: "The order's id, or its deeplink")],
            examples: [
                ExampleSpec(
                    command: "qrpay order status 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e", summary: "Has it been paid?")
            ])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let order = try await Orders(services).order(try OrderReference.orderID(options, services))
        try context.show(StatusOutput(order: order), asJSON: options.isJSON)
        return .done
    }
}

private struct StatusOutput: Detailed {
    var order: Order

    var json: JSONObject {
        [
            "order_id": order.orderID, "status": order.status.rawValue, "iiko_status": order.status.iiko.rawValue,
            "guest_status": order.status.guest.rawValue,
        ]
    }

    var details: [(label: String, value: String?)] {
        [
            ("order_id", order.orderID), ("status", order.status.rawValue),
            ("iiko_status", order.status.iiko.rawValue), ("guest_status", order.status.guest.rawValue),
        ]
    }
}
