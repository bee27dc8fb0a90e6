import CommandLineKit
import PaymentCore
import Payments

enum RestaurantAdd {
    private static let name = Option(
        required: "name", "NAME", .restaurantName, summary: "The name shown to guests, and the seller on receipts")
    private static let cashback = Option(
        "cashback", "PERCENT", .percent, summary: "The cashback percentage from now on, such as 30 or 7.5")
    private static let zone = Option(
        "zone", "ZONE", .identifier, summary: "The zone where it is offered; default everywhere")

    static let command = Command(
        CommandSpec(
            path: ["restaurant", "add"], summary: "Register a restaurant, or change its name and zone",
            arguments: [RestaurantArgument.clientID], options: [name, cashback, zone],
            examples: [
                ExampleSpec(
                    command: "qrpay restaurant add cafe-42 --name 'Кафе «Пирог»' --cashback 30",
                    summary: "Register a restaurant with 30% cashback")
            ])
    ) { options, context in
        let clientID = options[RestaurantArgument.clientID]
        let services = try await Wiring.services(options, context, missingStore: .made)
        let listed = try await Restaurants(services).add(
            clientID: clientID, name: options[name], zone: options[zone], cashback: options[cashback])
        context.did("restaurant \(clientID) is registered", look: "qrpay restaurant show \(clientID)")
        try context.show(RestaurantOutput(listed: listed), asJSON: options.isJSON)
        return .done
    }
}

/// The restaurant that a command is about.
enum RestaurantArgument {
    static let clientID = Argument("CLIENT_ID", .identifier, summary: "The restaurant's id")
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
