import CommandLineKit
import PaymentCore
import Payments

enum CashbackRulesList {
    private static let restaurant = Option(
        "restaurant", "CLIENT_ID", .identifier, summary: "Only this restaurant's and the default ones")

    static let command = Command(
        CommandSpec(
            path: ["cashback", "rules"], summary: "List the cashback rules, and which of them are in force",
            discussion: """
                The newest current rule of the restaurant applies; restaurants without one use the newest current \
                default. The rule in force when a guest starts to pay is stored with the order and does not change.
                """,
            options: [restaurant],
            examples: [ExampleSpec(command: "qrpay cashback rules", summary: "List every rule")])
    ) { options, context in
        let rules = try await CashbackRules(try await Wiring.services(options, context))
            .list(clientID: options[restaurant])
        try context.show(rules.map(RuleOutput.init), asJSON: options.isJSON, ifEmpty: "no rules")
        return .done
    }
}

enum CashbackRulesAdd {
    private static let percent = Argument(
        "PERCENT", .percent, summary: "Percentage of the amount captured, such as 30 or 7.5; 0 for none")
    private static let restaurant = Option(
        "restaurant", "CLIENT_ID", .identifier,
        summary: "The restaurant; without it, the rule is the default for restaurants with no rule")

    static let command = Command(
        CommandSpec(
            path: ["cashback", "rules", "add"], summary: "Add a cashback rule for one restaurant, or for all",
            arguments: [percent], options: [restaurant] + RuleOptions.all, rules: [RuleOptions.currencyRule],
            check: { _ = try RuleOptions.draft($0[percent], $0) },
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
        let draft = try RuleOptions.draft(options[percent], options)
        let services = try await Wiring.services(options, context, missingStore: .made)
        let rule = try await CashbackRules(services).add(draft, clientID: options[restaurant])
        context.did("rule \(rule.rule.ruleID) created", look: "qrpay cashback rules")
        try context.show(RuleOutput(listed: rule), asJSON: options.isJSON)
        return .done
    }
}

enum CashbackRulesEnd {
    private static let rule = Argument("RULE", .identifier, summary: "The rule's id, from 'qrpay cashback rules'")
    private static let at = Option("at", "TIME", .instant, summary: "When; default now: \(Period.timeForms)")

    static let command = Command(
        CommandSpec(
            path: ["cashback", "rules", "end"], summary: "End a cashback rule",
            discussion: "Payments already started keep the rule's terms.",
            arguments: [rule], options: [at],
            examples: [
                ExampleSpec(
                    command: "qrpay cashback rules end 5d2c1b7a9e8f40318c6d5e4f3a2b1c0d --at 2027-01-01",
                    summary: "End a promotion with the year")
            ])
    ) { options, context in
        let ruleID = options[rule]
        let services = try await Wiring.services(options, context)
        let rule = try await CashbackRules(services).end(ruleID, at: options[at])
        context.did("rule \(ruleID) is ended", look: "qrpay cashback rules")
        try context.show(RuleOutput(listed: rule), asJSON: options.isJSON)
        return .done
    }
}
