import CommandLineKit
import PaymentCore
import Payments

enum RestaurantAdd {
    static let command = Command(
        CommandSpec(
            path: ["restaurant", "add"], summary: "Register a restaurant, or change its name and zone",
            arguments: [ArgumentSpec(name: "CLIENT_ID", summary: "The restaurant's id")],
            options: [
                OptionSpec(
                    name: "name", value: "NAME", isRequired: true,
                    summary: "The name shown to guests, and the seller on receipts"),
                OptionSpec(
                    name: "cashback", value: "PERCENT",
                    summary: "The cashback percentage from now on, such as 30 or 7.5"),
                OptionSpec(name: "zone", value: "ZONE", summary: "The zone where it is offered; default everywhere"),
            ],
            examples: [
                ExampleSpec(
                    command: "qrpay restaurant add cafe-42 --name 'Кафе «Пирог»' --cashback 30",
                    summary: "Register a restaurant with 30% cashback")
            ])
    ) { options, context in
        let clientID = try ParsedOptions.identifier(try options.required("CLIENT_ID"), "CLIENT_ID")
        let name = try RestaurantName.checked(try options.requiredOption("name"))
        let cashback = try options.value("cashback").map(RuleOptions.percent)
        let zone = try options.identifier(option: "zone")
        let services = try await Wiring.services(options, context, missingStore: .made)
        let listed = try await Restaurants(services).add(clientID: clientID, name: name, zone: zone, cashback: cashback)
        context.did("restaurant \(clientID) is registered", look: "qrpay restaurant show \(clientID)")
        try context.show(RestaurantOutput(listed: listed), asJSON: options.isJSON)
        return .done
    }
}

enum RestaurantList {
    static let command = Command(
        CommandSpec(
            path: ["restaurant", "list"], summary: "List restaurants with the cashback in force",
            examples: [ExampleSpec(command: "qrpay restaurant list", summary: "List every restaurant")])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let items = try await Restaurants(services).list().map(RestaurantOutput.init)
        try context.show(items, asJSON: options.isJSON, ifEmpty: "no restaurants")
        return .done
    }
}
