import CommandLineKit
import PaymentCore
import Payments

enum CashbackRulesList {
    static let command = Command(
        CommandSpec(
            path: ["cashback", "rules"], summary: "List the cashback rules, and which of them are in force",
            discussion: """
                The newest current rule of the restaurant applies; restaurants without one use the newest current \
                default. The rule in force when a guest starts to pay is stored with the order and does not change.
                """,
            options: [
                OptionSpec(
                    name: "restaurant", value: "CLIENT_ID", summary: "Only this restaurant's and the default ones")
            ],
            examples: [ExampleSpec(command: "qrpay cashback rules", summary: "List every rule")])
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
            path: ["cashback", "rules", "add"], summary: "Add a cashback rule for one restaurant, or for all",
            arguments: [
                ArgumentSpec(
                    name: "PERCENT", summary: "Percentage of the amount captured, such as 30 or 7.5; 0 for none")
            ],
            options: [
                OptionSpec(
                    name: "restaurant", value: "CLIENT_ID",
                    summary: "The restaurant; without it, the rule is the default for restaurants with no rule")
            ] + RuleOptions.specs,
            examples: [
                ExampleSpec(
                    command: "qrpay cashback rules add 5 --cap 300",
                    summary: "Default rule, at most 300.00 RUB per order"),
                ExampleSpec(
                    command:
                        "qrpay cashback rules add 30 --restaurant cafe-42 --minimum-bill 1000 "
                        + "--from 2026-12-01 --until 2027-01-01",
                    summary: "Promotion for one month"),
            ])
    ) { options, context in
        let clientID = try options.identifier(option: "restaurant")
        let draft = try RuleOptions.draft(try options.required("PERCENT"), options, context)
        let services = try await Wiring.services(options, context, missingStore: .made)
        let rule = try await CashbackRules(services).add(draft, clientID: clientID)
        context.did("rule \(rule.rule.ruleID) created", look: "qrpay cashback rules")
        try context.show(RuleOutput(listed: rule), asJSON: options.isJSON)
        return .done
    }
}

enum CashbackRulesEnd {
    static let command = Command(
        CommandSpec(
            path: ["cashback", "rules", "end"], summary: "End a cashback rule",
            discussion: "Payments already started keep the rule's terms.",
            arguments: [ArgumentSpec(name: "RULE", summary: "The rule's id, from 'qrpay cashback rules'")],
            options: [
                OptionSpec(name: "at", value: "TIME", summary: "When; default now: \(ParsedOptions.timeForms)")
            ],
            examples: [
                ExampleSpec(
                    command: "qrpay cashback rules end 5d2c1b7a9e8f40318c6d5e4f3a2b1c0d --at 2027-01-01",
                    summary: "End a promotion with the year")
            ])
    ) { options, context in
        let ruleID = try ParsedOptions.identifier(try options.required("RULE"), "RULE")
        let instant = try options.instant("at", context)
        let services = try await Wiring.services(options, context)
        let rule = try await CashbackRules(services).end(ruleID, at: instant)
        context.did("rule \(ruleID) is ended", look: "qrpay cashback rules")
        try context.show(RuleOutput(listed: rule), asJSON: options.isJSON)
        return .done
    }
}
