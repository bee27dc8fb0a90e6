import CommandLineKit
import JSONKit
import OrderingAPI
import OrderingCore
import Payments
import WorldKit

enum OrderingOrderCreate {
    private static let price = Argument(
        "PRICE", .orderingAmount(atLeast: .leastPrice), summary: "The price, with at most two decimals")
    private static let basket = Option(
        "basket", "ID", .text("an id", where: NameRule.isIdentifier),
        summary: "The basket, from 'qrpay ordering basket'; it is paid at most once")
    private static let timeout = Option(
        "timeout", "TIME", .seconds(in: 0...3600), default: "30s", summary: "How long to wait for the outcome")

    static let command = Command(
        CommandSpec(
            path: ["ordering", "order", "create"], summary: "Order, and wait for the outcome",
            discussion: """
                The order is charged once, however often the command is repeated with the same key or basket. When the \
                outcome is not known in time, the order goes on by itself: look at it, and do not order again.
                """,
            arguments: [price], options: [basket, RepetitionKey.key, timeout] + OrderingUser.options,
            rules: OrderingUser.rules,
            examples: [
                ExampleSpec(command: "qrpay ordering order create 10.50 --user Pavel", summary: "Order for 10.50"),
                ExampleSpec(
                    command: "qrpay ordering order create 10 --user Pavel --key \"$ORDER_KEY\" --json",
                    summary: "In a script that may be repeated"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: ExitStatus.negative.code, meaning: "The order failed; nothing was charged"),
                ExitStatusSpec(
                    status: ExitStatus.pending.code,
                    meaning: "The outcome is not known yet; look at the order, and do not order again"),
            ]), libraries: [.http, .signing, .localBroker]
    ) { options, context in
        let key = RepetitionKey.value(options, context)
        let (price, basketID, seconds) = (options[price], options[basket], options[timeout])
        let ordered = try await RepetitionKey.explaining(key) {
            try await OrderingUser.with(options, context, changing: true, seconds: seconds) { client in
                let order = try await client.order(price, basketID: basketID, key: key)
                guard order.status == .pending, seconds > 0 else { return order }
                return try await OrderWait.outcome(of: order.id, client, seconds: seconds, context.world) ?? order
            }
        }
        // On stores the services have come to rest meanwhile.
        let order =
            ordered.status == .pending
            ? try await OrderingUser.with(options, context, changing: false) {
                try await $0.order(ordered.id, waitSeconds: 0)
            } : ordered
        context.did(
            "order \(order.id) is \(order.status.rawValue)", look: "qrpay ordering order show \(order.id)")
        try context.show(
            OrderingOrderOutput(order), asJSON: options.isJSON, verdict: OrderingOrderOutput.verdict(order))
        return .done
    }
}

/// Waits for an order to end.
enum OrderWait {
    /// - Returns: nil if the order has not finished in time, or its services cannot reach their broker.
    static func outcome(
        of id: String, _ client: any OrderingClient, seconds: Double, _ world: World
    ) async throws -> OrderingCore.Order? {
        let deadline = world.now().advanced(bySeconds: seconds)
        while true {
            let left = deadline.seconds(since: world.now())
            guard left > 0 else { return nil }
            let order = try await client.order(id, waitSeconds: left)
            if order.status.isFinal { return order }
            if let local = client as? LocalOrderingClient, await local.isCutOff() { return nil }
            try await world.sleep(min(left, 0.05))
        }
    }
}

/// An order as every command shows one.
struct OrderingOrderOutput: Detailed, Listed {
    private let order: OrderingCore.Order

    init(_ order: OrderingCore.Order) { self.order = order }

    var json: JSONObject {
        [
            "order_id": order.id, "price": order.price.decimal, "status": order.status.rawValue,
            "reason": order.reason?.rawValue, "basket_id": order.basketID, "created_at": order.createdAt.rfc3339,
        ]
    }

    var details: [(label: String, value: String?)] {
        [
            ("order", order.id), ("price", order.price.decimal), ("status", order.status.rawValue),
            ("reason", order.reason?.prose), ("basket", order.basketID), ("created", order.createdAt.rfc3339),
        ]
    }

    static let columns = [
        TextTable.Column("ORDER", isShrinkable: false), TextTable.Column("PRICE", alignment: .right),
        TextTable.Column("STATUS", isShrinkable: false), TextTable.Column("REASON"),
        TextTable.Column("CREATED", isShrinkable: false),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(order.id), TextTable.Cell(order.price.decimal), TextTable.Cell(order.status.rawValue),
            TextTable.Cell(order.reason?.prose ?? "-"), TextTable.Cell(order.createdAt.rfc3339),
        ]
    }

    /// Why an order is not paid; nil for one that is.
    static func verdict(_ order: OrderingCore.Order) -> Problem? {
        switch order.status {
        case .succeeded: nil
        case .failed:
            Problem(
                .negative, order.reason?.rawValue ?? "order_failed",
                "order \(order.id) for \(order.price) failed: \(order.reason?.prose ?? "refused"); nothing was charged",
                hint: order.reason == .notEnoughMoney
                    ? "'qrpay ordering account deposit' puts money on the account" : nil)
        case .pending:
            Problem(
                .pending, "no_outcome",
                "order \(order.id) for \(order.price): the outcome is not known yet; do not order again",
                hint: "qrpay ordering order show \(order.id), which tells it")
        }
    }
}
