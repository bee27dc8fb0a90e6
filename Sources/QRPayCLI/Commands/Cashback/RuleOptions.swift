import CommandLineKit
import PaymentCore
import Payments

/// The options of a cashback rule besides its percentage.
enum RuleOptions {
    static let specs = [
        OptionSpec(name: "minimum-bill", value: "AMOUNT", summary: "Bills below this earn nothing"),
        OptionSpec(name: "cap", value: "AMOUNT", summary: "The maximum cashback of one order"),
        OptionSpec(
            name: "currency", value: "CODE", default: "RUB",
            summary: "Currency of minimum bill and cap; with either, bills in other currencies earn nothing"),
        OptionSpec(
            name: "from", value: "TIME", summary: "When it begins; default now: \(ParsedOptions.timeForms)"),
        OptionSpec(name: "until", value: "TIME", summary: "When it ends; default never"),
    ]

    /// - Throws: ``Problem`` `usage` for an option that describes a rule, without --cashback.
    static func refuse(_ options: ParsedOptions) throws {
        guard let lonely = specs.first(where: { options.value($0.name) != nil }) else { return }
        throw Problem(.invalid, "usage", "--\(lonely.name) is for --cashback")
    }

    /// The rule described by the options.
    /// - Parameter percent: as the user wrote it, with or without a percent sign.
    static func draft(_ percent: String, _ options: ParsedOptions, _ context: Context) throws -> CashbackRules.Draft {
        let currency = try Currency(code: options.value("currency") ?? "RUB")
        var draft = CashbackRules.Draft(percent: try Self.percent(percent))
        draft.minimumBill = try options.value("minimum-bill").map { try Money(decimal: $0, currency: currency) }
        draft.cap = try options.value("cap").map { try Money(decimal: $0, currency: currency) }
        if draft.minimumBill == nil, draft.cap == nil, options.value("currency") != nil {
            throw Problem(.invalid, "usage", "--currency is for --minimum-bill and --cap")
        }
        draft.validFrom = try options.instant("from", context)
        draft.validUntil = try options.instant("until", context)
        return draft
    }

    static func percent(_ text: String) throws -> Percent {
        try Percent(text.hasSuffix("%") ? text.dropLast() : text[...])
    }
}
