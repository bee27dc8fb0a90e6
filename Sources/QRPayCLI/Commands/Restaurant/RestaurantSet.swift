import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

enum RestaurantSet {
    private static let name = Option(
        "name", "NAME", .restaurantName, summary: "The name shown to guests, and the seller on receipts")
    private static let zone = Option("zone", "ZONE", .identifier, summary: "The zone where it is offered")
    private static let everywhere = Option(flag: "everywhere", summary: "Offer it in every zone")
    private static let cashback = Option(
        "cashback", "PERCENT", .percent, summary: "The cashback percentage, such as 30 or 7.5")

    static let command = Command(
        CommandSpec(
            path: ["restaurant", "set"], summary: "Change a restaurant's name, zone or cashback",
            discussion: """
                What is not given stays as it is. A new cashback adds a rule, see 'qrpay cashback rules'. Receipts of \
                earlier payments keep their name.
                """,
            arguments: [RestaurantArgument.clientID],
            options: [name, zone, everywhere, cashback] + RuleOptions.all,
            rules: [
                .exclusive(zone, everywhere), .onlyWith([cashback], RuleOptions.all),
                .anyOf(name, zone, everywhere, cashback, otherwise: "nothing to change"), RuleOptions.currencyRule,
            ],
            check: { options in _ = try options[cashback].map { try RuleOptions.draft($0, options) } },
            examples: [
                ExampleSpec(command: "qrpay restaurant set cafe-42 --name 'Кафе «Сад»'", summary: "Rename it"),
                ExampleSpec(
                    command: "qrpay restaurant set cafe-42 --cashback 10 --minimum-bill 500 --cap 200",
                    summary: "10% of bills from 500.00 RUB, at most 200.00"),
            ])
    ) { options, context in
        let clientID = options[RestaurantArgument.clientID]
        var edit = Restaurants.Edit()
        edit.name = options[name]
        edit.zone = options[everywhere] ? .everywhere : options[zone].map { .only($0) }
        edit.rule = try options[cashback].map { try RuleOptions.draft($0, options) }
        let services = try await Wiring.services(options, context)
        let details = try await Restaurants(services).set(clientID, edit)
        context.did("restaurant \(clientID) is changed", look: "qrpay restaurant show \(clientID)")
        try context.show(RestaurantDetailsOutput(shown: details), asJSON: options.isJSON)
        return .done
    }
}

enum RestaurantShow {
    static let command = Command(
        CommandSpec(
            path: ["restaurant", "show"], summary: "Show a restaurant with its cashback rules and keys",
            arguments: [RestaurantArgument.clientID],
            examples: [ExampleSpec(command: "qrpay restaurant show cafe-42", summary: "Show everything about it")])
    ) { options, context in
        let clientID = options[RestaurantArgument.clientID]
        let services = try await Wiring.services(options, context)
        let details = try await Restaurants(services).details(clientID)
        try context.show(RestaurantDetailsOutput(shown: details), asJSON: options.isJSON)
        return .done
    }
}

private struct RestaurantDetailsOutput: Detailed {
    var shown: Restaurants.Details

    var json: JSONObject {
        var json = RestaurantOutput(listed: shown.listed).json
        json["rules"] = shown.rules.map { RuleOutput(listed: $0).json }
        json["keys"] = shown.keys
        return json
    }

    var details: [(label: String, value: String?)] {
        RestaurantOutput(listed: shown.listed).details
            + [("keys", shown.keys.isEmpty ? nil : shown.keys.map(String.init).joined(separator: ", "))]
            + shown.rules.map { ("rule", Self.line($0)) }
    }

    private static func line(_ listed: CashbackRules.Listed) -> String {
        let rule = listed.rule
        let parts = [
            "\(rule.percent)%", rule.clientID == nil ? "default" : nil, rule.minimumBill.map { "bills from \($0)" },
            rule.cap.map { "at most \($0)" }, "from \(rule.validFrom.rfc3339)",
            rule.validUntil.map { "until \($0.rfc3339)" }, listed.status.rawValue,
        ]
        return "\(rule.ruleID): " + parts.compactMap(\.self).joined(separator: ", ")
    }
}
