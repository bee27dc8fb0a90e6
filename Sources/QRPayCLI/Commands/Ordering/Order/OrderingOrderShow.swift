import CommandLineKit
import JSONKit
import OrderingAPI
import OrderingCore
import Payments

enum OrderingOrderShow {
    private static let order = Argument("ORDER", .text("an id", where: NameRule.isIdentifier), summary: "The order")
    private static let wait = Option(
        "wait", "TIME", .seconds(in: 0...3600), default: "0s", summary: "How long to wait for the outcome")

    static let command = Command(
        CommandSpec(
            path: ["ordering", "order", "show"], summary: "Show an order", arguments: [order],
            options: [wait] + OrderingUser.options, rules: OrderingUser.rules,
            examples: [
                ExampleSpec(
                    command: "qrpay ordering order show 0199f3 --user Pavel --wait 30s",
                    summary: "Wait until it has ended")
            ]), libraries: [.http, .signing, .localBroker]
    ) { options, context in
        let (id, seconds) = (options[order], options[wait])
        let order = try await OrderingUser.with(options, context, changing: seconds > 0, seconds: seconds) { client in
            let order = try await client.order(id, waitSeconds: 0)
            guard order.status == .pending, seconds > 0 else { return order }
            return try await OrderWait.outcome(of: id, client, seconds: seconds, context.world) ?? order
        }
        try context.show(OrderingOrderOutput(order), asJSON: options.isJSON)
        return .done
    }
}

enum OrderingOrderList {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "order", "list"], summary: "List a user's orders, oldest first, the last thousand",
            options: OrderingUser.options, rules: OrderingUser.rules,
            examples: [
                ExampleSpec(command: "qrpay ordering order list --user Pavel", summary: "List the orders of a user")
            ]), libraries: [.http, .signing, .localBroker]
    ) { options, context in
        let orders = try await OrderingUser.with(options, context, changing: false) { try await $0.orders() }
        try context.show(orders.map(OrderingOrderOutput.init), asJSON: options.isJSON, ifEmpty: "no orders")
        return .done
    }
}

enum OrderingBasket {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "basket"], summary: "Get a user's unpaid basket: the same until it is paid",
            options: OrderingUser.options, rules: OrderingUser.rules,
            examples: [
                ExampleSpec(
                    command: "qrpay ordering basket --user Pavel", summary: "Get the id for 'order create --basket'")
            ]), libraries: [.http, .signing, .localBroker]
    ) { options, context in
        let id = try await OrderingUser.with(options, context, changing: true) { try await $0.basket() }
        if options.isJSON {
            let json: JSONObject = ["basket_id": id]
            try context.output.write(try JSONText.render(json))
        } else {
            try context.output.write("\(id)\n")
        }
        return .done
    }
}
