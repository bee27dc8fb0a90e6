import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

enum RestaurantSet {
    static let command = Command(
        CommandSpec(
            path: ["restaurant", "set"], summary: "Change a restaurant's name, zone or cashback",
            discussion: """
                What is not given stays as it is. A new cashback adds a rule, see 'qrpay cashback rules'. Receipts of \
                earlier payments keep their name.
                """,
            arguments: [ArgumentSpec(name: "CLIENT_ID", summary: "The restaurant's id")],
            options: [
                OptionSpec(
                    name: "name", value: "NAME", summary: "The name shown to guests, and the seller on receipts"),
                OptionSpec(name: "zone", value: "ZONE", summary: "The zone where it is offered"),
                OptionSpec(name: "everywhere", summary: "Offer it in every zone"),
                OptionSpec(name: "cashback", value: "PERCENT", summary: "The cashback percentage, such as 30 or 7.5"),
            ] + RuleOptions.specs,
            examples: [
                ExampleSpec(command: "qrpay restaurant set cafe-42 --name 'Кафе «Сад»'", summary: "Rename it"),
                ExampleSpec(
                    command: "qrpay restaurant set cafe-42 --cashback 10 --minimum-bill 500 --cap 200",
                    summary: "10% of bills from 500.00 RUB, at most 200.00"),
            ])
    ) { options, context in
        let clientID = try ParsedOptions.identifier(try options.required("CLIENT_ID"), "CLIENT_ID")
        var edit = Restaurants.Edit()
        edit.name = try options.value("name").map(RestaurantName.checked)
        edit.zone = try zone(options)
        if let percent = options.value("cashback") {
            edit.rule = try RuleOptions.draft(percent, options, context)
        } else {
            try RuleOptions.refuse(options)
        }
        guard edit.name != nil || edit.zone != nil || edit.rule != nil else {
            throw Problem(
                .invalid, "usage", "nothing to change", hint: "give --name, --zone, --everywhere or --cashback")
        }
        let services = try await Wiring.services(options, context)
        let details = try await Restaurants(services).set(clientID, edit)
        context.did("restaurant \(clientID) is changed", look: "qrpay restaurant show \(clientID)")
        try context.show(RestaurantDetailsOutput(shown: details), asJSON: options.isJSON)
        return .done
    }

    private static func zone(_ options: ParsedOptions) throws -> Restaurants.Edit.Zone? {
        let zone = try options.identifier(option: "zone")
        guard options.isSet("everywhere") else { return zone.map { .only($0) } }
        guard zone == nil else {
            throw Problem(.invalid, "usage", "--zone and --everywhere cannot be given together")
        }
        return .everywhere
    }
}

enum RestaurantShow {
    static let command = Command(
        CommandSpec(
            path: ["restaurant", "show"], summary: "Show a restaurant with its cashback rules and keys",
            arguments: [ArgumentSpec(name: "CLIENT_ID", summary: "The restaurant's id")],
            examples: [ExampleSpec(command: "qrpay restaurant show cafe-42", summary: "Show everything about it")])
    ) { options, context in
        let clientID = try ParsedOptions.identifier(try options.required("CLIENT_ID"), "CLIENT_ID")
        let services = try await Wiring.services(options, context)
        let details = try await Restaurants(services).details(clientID)
        try context.show(RestaurantDetailsOutput(shown: details), asJSON: options.isJSON)
        return .done
    }
}

/// Validates a restaurant's name.
enum RestaurantName {
    static func checked(_ name: String) throws -> String {
        guard (1...200).contains(name.unicodeScalars.count), name.contains(where: { !$0.isWhitespace }) else {
            throw Problem(.invalid, "usage", "--name: must be 1 to 200 characters")
        }
        return name
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
