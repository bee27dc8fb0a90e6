import CommandLineKit
import QRPayDomain
import QRPayPartners
import QRPayServices

enum PreorderShow {
    static let command = Command(
        CommandSpec(
            path: ["preorder", "show"], summary: "Show what the guest's app shows: lines, cashback, ways to pay",
            arguments: [
                ArgumentSpec(name: "ORDER", summary: "The order's id, or a deeplink, which is then verified")
            ],
            options: [OptionSpec(name: "uid", value: "UID", isRequired: true, summary: "The guest")],
            examples: [
                ExampleSpec(
                    command: "qrpay preorder show 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e --uid 4001",
                    summary: "See an order as guest 4001 does")
            ],
            exitStatuses: [ExitStatusSpec(status: 7, meaning: "The deeplink's signature does not match")])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let orderID = try OrderReference.orderID(options, services)
        let uid = try options.identifier(option: "uid") ?? ""
        let view = try await Preorders(services).view(orderID: orderID, uid: uid)
        if options.isJSON {
            try context.output.write(try JSONText.render(json(view, Orders(services).deeplink(of: view.order))))
        } else {
            try showText(view, context)
        }
        return .done
    }

    private static func json(_ view: Preorders.View, _ deeplink: String) -> JSONObject {
        var json = OrderOutput(order: view.order, deeplink: deeplink).json
        json["restaurant"] = view.restaurant?.name
        json["lines"] = view.lines.map { line -> JSONObject in
            ["name": line.name, "quantity": line.quantity?.description, "amount": line.amount.decimal]
        }
        json["cashback"] = view.cashback.map { cashback -> JSONObject in
            [
                "rate": "\(cashback.percent)%", "amount": cashback.amount.decimal,
                "currency": cashback.amount.currency.code,
            ]
        }
        json["payment_methods"] = view.paymentMethods.map { ["id": $0.id, "title": $0.title] as JSONObject }
        return json
    }

    private static func showText(_ view: Preorders.View, _ context: Context) throws {
        let style = context.terminal.style
        if context.terminal.isTerminal {
            let name = TerminalText.escaped(view.restaurant?.name ?? view.order.clientID)
            try context.output.write("\(style.bold(name))  \(style.dim(view.order.status.rawValue))\n\n")
        }
        var lines = TextTable(columns: [
            .init("ITEM", isShrinkable: true), .init("QUANTITY", alignment: .right), .init("SUM", alignment: .right),
        ])
        for line in view.lines {
            lines.append([.init(line.name), .init(line.quantity?.description ?? ""), .init(line.amount.decimal)])
        }
        lines.append([.init("Total"), .init(""), .init(view.order.amount.description)])
        if let cashback = view.cashback {
            lines.append([.init("Cashback \(cashback.percent)%"), .init(""), .init(cashback.amount.description)])
        }
        try context.output.write(lines.render(.init(context.terminal)))
        if context.terminal.isTerminal { try context.output.write("\n") }
        var methods = TextTable(columns: [.init("PAY WITH"), .init("CARD")])
        for method in view.paymentMethods { methods.append([.init(method.id), .init(method.title)]) }
        try context.output.write(methods.render(.init(context.terminal)))
    }
}

/// An order named by its id, or by its deeplink as a guest has it.
enum OrderReference {
    /// - Throws: ``DeeplinkError`` when a deeplink is not one of ours.
    static func orderID(_ options: ParsedOptions, _ services: Services) throws -> String {
        let text = try options.required("ORDER")
        guard text.contains("?") || text.contains("/") else {
            return try ParsedOptions.identifier(text, "ORDER")
        }
        let link = try Deeplink(url: text, base: services.settings.deeplinkBase)
        try services.deeplinks.verify(link)
        return link.orderID
    }
}
