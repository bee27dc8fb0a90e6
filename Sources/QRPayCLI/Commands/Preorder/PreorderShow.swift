import CommandLineKit
import JSONKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import Payments

enum PreorderShow {
    private static let order = OrderReference.verifiedArgument
    private static let uid = Option(required: "uid", "UID", .identifier, summary: "The guest")

    static let command = Command(
        CommandSpec(
            path: ["preorder", "show"],
            summary: "Show an order as the guest's app does: lines, cashback, payment methods",
            discussion: """
                With --server it is requested as the gateway does for the app, using the key in \
                QRPAY_GATEWAY_KEY_FILE; ORDER must then be the deeplink.
                """,
            arguments: [order], options: [uid, Server.option],
            examples: [
                ExampleSpec(
                    command: "qrpay preorder show 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e --uid 4001",
                    summary: "See an order as guest 4001 does")
            ],
            exitStatuses: [ExitStatusSpec(status: 7, meaning: "The deeplink's signature does not match")]),
        libraries: [.http, .signing]
    ) { options, context in
        let shown =
            if let server = try Server.named(by: options, context) {
                try await ask(server, options)
            } else {
                try await look(options, context)
            }
        if options.isJSON {
            try context.output.write(try JSONText.render(shown.json))
        } else {
            try shown.write(to: context)
        }
        return .done
    }

    private static func look(_ options: ParsedOptions, _ context: Context) async throws -> ShownPreorder {
        let services = try await Wiring.services(options, context)
        let orderID = try options[order].orderID(services)
        let view = try await Preorders(services).view(orderID: orderID, uid: options[uid])
        return ShownPreorder(
            order: OrderOutput(order: view.order, deeplink: Orders(services).deeplink(of: view.order)).json,
            restaurant: view.restaurant?.name, clientID: view.order.clientID, status: view.order.status,
            amount: view.order.amount, prepaid: view.order.prepaid, lines: view.lines,
            cashback: view.cashback.map { ("\($0.percent)%", $0.amount) }, paymentMethods: view.paymentMethods)
    }

    private static func ask(_ server: Server, _ options: ParsedOptions) async throws -> ShownPreorder {
        let (link, url) = try server.deeplink(options[order])
        let preorder = try await server.guest(uid: options[uid]).preorder(link)
        return ShownPreorder(
            order: ServedOrderOutput(preorder, deeplink: url).json, restaurant: preorder.restaurantName,
            clientID: preorder.clientID, status: preorder.status, amount: preorder.amount, prepaid: preorder.prepaid,
            lines: preorder.lines, cashback: preorder.cashback.map { ($0.rate, $0.amount) },
            paymentMethods: preorder.paymentMethods)
    }
}

/// What the guest sees, from the store or a server.
private struct ShownPreorder {
    var order: JSONObject
    /// Its name; nil when it is not registered.
    var restaurant: String?
    var clientID: String
    var status: OrderStatus
    var amount: Money
    /// Nil when a server does not send it.
    var prepaid: Money?
    var lines: [BillLine]
    var cashback: (rate: String, amount: Money)?
    var paymentMethods: [PaymentMethod]

    var json: JSONObject {
        var json = order
        json["restaurant"] = restaurant
        json["lines"] = lines.map { line -> JSONObject in
            ["name": line.name, "quantity": line.quantity?.description, "amount": line.amount.decimal]
        }
        json["cashback"] = cashback.map { cashback -> JSONObject in
            ["rate": cashback.rate, "amount": cashback.amount.decimal, "currency": cashback.amount.currency.code]
        }
        json["payment_methods"] = paymentMethods.map { ["id": $0.id, "title": $0.title] as JSONObject }
        return json
    }

    func write(to context: Context) throws {
        let style = context.terminal.style
        if context.terminal.isTerminal {
            let name = restaurant ?? clientID
            try context.output.write("\(style.bold(name))  \(style.dim(status.rawValue))\n\n")
        }
        var table = TextTable(columns: [
            .init("ITEM", isShrinkable: true), .init("QUANTITY", alignment: .right), .init("SUM", alignment: .right),
        ])
        for line in lines {
            table.append([.init(line.name), .init(line.quantity?.rounded ?? ""), .init(line.amount.decimal)])
        }
        if let prepaid, !prepaid.isZero {
            table.append([.init("Total"), .init(""), .init(amount.together(with: prepaid).description)])
            table.append([.init("Prepaid"), .init(""), .init(prepaid.description)])
            table.append([.init("To pay"), .init(""), .init(amount.description)])
        } else {
            table.append([.init("Total"), .init(""), .init(amount.description)])
        }
        if let cashback {
            table.append([.init("Cashback \(cashback.rate)"), .init(""), .init(cashback.amount.description)])
        }
        try context.output.write(table.render(.init(context.terminal)))
        if context.terminal.isTerminal { try context.output.write("\n") }
        var methods = TextTable(columns: [.init("PAY WITH"), .init("CARD")])
        for method in paymentMethods { methods.append([.init(method.id), .init(method.title)]) }
        try context.output.write(methods.render(.init(context.terminal)))
    }
}
