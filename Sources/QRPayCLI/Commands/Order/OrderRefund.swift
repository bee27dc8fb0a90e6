import CommandLineKit
import QRPayDomain
import QRPayServices
import QRPayStore

enum OrderRefund {
    static let command = Command(
        CommandSpec(
            path: ["order", "refund"], summary: "Give back what was taken, all of it or a part",
            discussion: """
                Refunds that are still on their way count as given back, so that several at once never exceed what was \
                taken. Each successful refund gets a receipt of its own.
                """,
            arguments: [ArgumentSpec(name: "ORDER", summary: "The order's id")],
            options: [
                OptionSpec(
                    name: "amount", value: "AMOUNT", summary: "How much, such as 120.50; without it all that is left"),
                OptionSpec(
                    name: "reason", value: "TEXT", default: "refunded by support", summary: "Why, for the journal"),
                Waiting.noWait, Waiting.timeout,
            ],
            examples: [
                ExampleSpec(
                    command: "qrpay order refund 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e --amount 60 --reason 'cold soup'",
                    summary: "Give back a part")
            ])
    ) { options, context in
        let waiting = try Waiting(options)
        let services = try await Wiring.services(options, context, store: .madeIfMissing)
        let orders = Orders(services)
        let orderID = try OrderReference.orderID(options, services)
        let currency = try await orders.order(orderID).currency
        let amount = try options.value("amount").map { try Money(decimal: $0, currency: currency) }
        let begun = try await Payments(services).refund(
            Payments.RefundRequest(
                orderID: orderID, amount: amount, reason: options.value("reason") ?? "refunded by support"),
            actor: .support)
        let invoiceID = begun.order.edaOrderID ?? ""
        let operation = try await waiting.outcome(context, services, orderID: orderID) { transaction in
            let record = try transaction.operations.operation(invoiceID: invoiceID, number: begun.operation.number)
            return record.flatMap { $0.operation.status.isFinal ? $0.operation : nil }
        }
        let order = try await orders.order(orderID)
        try context.show(OrderOutput(order: order, deeplink: orders.deeplink(of: order)), asJSON: options.isJSON)
        if let operation, operation.status != .succeeded {
            throw Problem(
                .negative, "refund_failed",
                "order \(orderID): the refund failed (\(operation.reason ?? "no reason given"))")
        }
        return .done
    }
}
