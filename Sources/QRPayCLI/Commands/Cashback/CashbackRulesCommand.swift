import CommandLineKit
import PaymentCore
import Payments

enum CashbackRulesList {
    static let command = Command(
        CommandSpec(
            path: ["cashback", "rules"], summary: "List the cashback rules, and which of them count now",
            discussion: """
                Of a restaurant's own rules the youngest whose time it is counts, of the default ones for restaurants \
                without. What counts when a guest begins to pay is written on the order and holds, whatever comes later.
                """,
            options: [
                OptionSpec(
                    name: "restaurant", value: "CLIENT_ID", summary: "Only this restaurant's and the default ones")
            ],
            examples: [ExampleSpec(command: "qrpay cashback rules", summary: "Every rule")])
    ) { options, context in
        let clientID = try options.identifier(option: "restaurant")
        let rules = try await CashbackRules(try await Wiring.services(options, context)).list(clientID: clientID)
        try context.show(rules.map(RuleOutput.init), asJSON: options.isJSON, ifEmpty: "no rules")
        return .done
    }
}

enum CashbackRulesAdd {
    static let command = Command(
        CommandSpec(
            path: ["cashback", "rules", "add"], summary: "Promise cashback to the guests of one restaurant, or of all",
            arguments: [ArgumentSpec(name: "PERCENT", summary: "Of the money taken, such as 30 or 7.5; 0 for none")],
            options: [
                OptionSpec(
                    name: "restaurant", value: "CLIENT_ID",
                    summary: "The restaurant; without it the rule is the default for those that have none")
            ] + RuleOptions.specs,
            examples: [
                ExampleSpec(
                    command: "qrpay cashback rules add 5 --cap 300", summary: "A default, at most 300.00 RUB an order"),
                ExampleSpec(
                    command:
                        "qrpay cashback rules add 30 --restaurant cafe-42 --minimum-bill 1000 --from 2026-12-01 --until 2027-01-01",
                    summary: "A month's promotion"),
            ])
    ) { options, context in
        let clientID = try options.identifier(option: "restaurant")
        let draft = try RuleOptions.draft(try options.required("PERCENT"), options, context)
        let services = try await Wiring.services(options, context, missingStore: .made)
        let rule = try await CashbackRules(services).add(draft, clientID: clientID)
        context.did("rule \(rule.rule.ruleID) is made", look: "qrpay cashback rules")
        try context.show(RuleOutput(listed: rule), asJSON: options.isJSON)
        return .done
    }
}

enum CashbackRulesEnd {
    static let command = Command(
        CommandSpec(
            path: ["cashback", "rules", "end"], summary: "End a cashback rule",
            discussion: "What the rule promised to guests who have begun to pay holds.",
            arguments: [ArgumentSpec(name: "RULE", summary: "The rule's id, from 'qrpay cashback rules'")],
            options: [
                OptionSpec(name: "at", value: "TIME", summary: "When, now without it: \(ParsedOptions.timeForms)")
            ],
            examples: [
                ExampleSpec(
                    command: "qrpay cashback rules end 5d2c1b7a9e8f40318c6d5e4f3a2b1c0d --at 2027-01-01",
                    summary: "Let a promotion end with the year")
            ])
    ) { options, context in
        let ruleID = try ParsedOptions.identifier(try options.required("RULE"), "RULE")
        let instant = try options.instant("at", context)
        let services = try await Wiring.services(options, context)
        let rule = try await CashbackRules(services).end(ruleID, at: instant)
        context.did("rule \(ruleID) has an end", look: "qrpay cashback rules")
        try context.show(RuleOutput(listed: rule), asJSON: options.isJSON)
        return .done
    }
}
