import CommandLineKit
import PaymentCore
import Payments

/// The options of a cashback rule besides its percentage.
enum RuleOptions {
    private static let minimumBill = Option(
        "minimum-bill", "AMOUNT", .decimal, summary: "Bills below this earn nothing")
    private static let cap = Option("cap", "AMOUNT", .decimal, summary: "The maximum cashback of one order")
    private static let currency = Option(
        "currency", "CODE", .currency, default: Currency.rub.code,
        summary: "Currency of minimum bill and cap; with either, bills in other currencies earn nothing")
    private static let from = Option(
        "from", "TIME", .instant, summary: "When it begins; default now: \(Period.timeForms)")
    private static let until = Option("until", "TIME", .instant, summary: "When it ends; default never")

    static let all: [any CommandOption] = [minimumBill, cap, currency, from, until]

    static let currencyRule = OptionRule.onlyWith([minimumBill, cap], [currency])

    /// The rule described by the options.
    /// - Throws: ``MoneyError``, or ``Problem`` `bad_rule`.
    static func draft(_ percent: Percent, _ options: ParsedOptions) throws -> CashbackRules.Draft {
        let currency = options[currency]
        var draft = CashbackRules.Draft(percent: percent)
        draft.minimumBill = try options[minimumBill]?.money(currency)
        draft.cap = try options[cap]?.money(currency)
        draft.validFrom = options[from]
        draft.validUntil = options[until]
        try draft.check(at: options.time.now)
        return draft
    }
}
