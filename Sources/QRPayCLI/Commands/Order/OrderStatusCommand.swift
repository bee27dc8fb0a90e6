import CommandLineKit
import JSONKit
import PaymentAPI
import PaymentCore
import Payments

enum OrderStatusCommand {
    static let command = Command(
        CommandSpec(
            path: ["order", "status"], summary: "Show an order's status as iiko's poll and the guest's app see it",
            discussion: """
                With --server it polls as iiko does, using the restaurant's API key in QRPAY_API_KEY_FILE, and shows \
                only what iiko sees.
                """,
            arguments: [OrderReference.argument],
            options: [Server.option],
            examples: [
                ExampleSpec(
                    command: "qrpay order status 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e", summary: "Check whether it is paid")
            ])
    ) { options, context in
        let output: StatusOutput
        if let server = try Server.named(by: options, context) {
            let orderID = try server.orderID(options[OrderReference.argument])
            output = StatusOutput(orderID: orderID, iiko: try await server.iiko().status(ofOrder: orderID))
        } else {
            let services = try await Wiring.services(options, context)
            let order = try await Orders(services).order(try options[OrderReference.argument].orderID(services))
            output = StatusOutput(
                orderID: order.orderID, status: order.status, iiko: order.status.iiko, guest: order.status.guest)
        }
        try context.show(output, asJSON: options.isJSON)
        return .done
    }
}

private struct StatusOutput: Detailed {
    var orderID: String
    /// Nil, like the guest's, when only iiko's view is known.
    var status: OrderStatus?
    var iiko: IikoStatus
    var guest: GuestStatus?

    var json: JSONObject {
        [
            "order_id": orderID, "status": status?.rawValue, "iiko_status": iiko.rawValue,
            "guest_status": guest?.rawValue,
        ]
    }

    var details: [(label: String, value: String?)] {
        [
            ("order_id", orderID), ("status", status?.rawValue), ("iiko_status", iiko.rawValue),
            ("guest_status", guest?.rawValue),
        ]
    }
}
