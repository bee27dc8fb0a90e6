import CommandLineKit
import PaymentPartners
import PaymentSandbox
import Payments

/// The options that describe a fault.
enum FaultOptions {
    static let specs = [
        OptionSpec(
            name: "partner", value: "PARTNER", isRequired: true,
            completion: .values(Partner.allCases.map(\.rawValue)), summary: "The partner"),
        OptionSpec(
            name: "kind", value: "KIND", isRequired: true, completion: .values(FaultRule.Kind.allCases.map(\.word)),
            summary: "How"),
        OptionSpec(
            name: "method", value: "METHOD", completion: .values(["GET", "HEAD", "POST", "PUT", "DELETE"]),
            summary: "Only requests of this method"),
        OptionSpec(
            name: "route", value: "PREFIX",
            summary: "Only paths below the partner with this prefix, such as '/v1/invoices/*/operations'"),
        OptionSpec(
            name: "probability", value: "P", summary: "The probability that a request is hit, 0 to 1; default every one"
        ),
        OptionSpec(name: "first", value: "N", summary: "Only the first N requests are hit; then the partner recovers"),
        OptionSpec(
            name: "latency", value: "TIME",
            summary: "The delay of latency (500ms, 2s), or how long effect-then-timeout stays silent (default 30s)"),
        OptionSpec(
            name: "status", value: "STATUS", summary: "The status that kind status returns, 400 to 599; default 503"),
        OptionSpec(
            name: "seed", value: "SEED",
            summary: "Seed that selects the requests a probability hits; default 0"),
    ]

    /// The rule described by the options.
    static func rule(_ options: ParsedOptions) throws -> FaultRule {
        let kind = try kind(options)
        var rule = FaultRule(partner: try partner(options), kind: kind)
        rule.method = try method(options)
        rule.route = try route(options, of: rule.partner)
        rule.probability = try probability(options)
        rule.first = try options.integer("first", in: 1...1_000_000_000)
        guard rule.probability == nil || rule.first == nil else {
            throw Problem(.invalid, "usage", "--probability and --first cannot be given together")
        }
        rule.status = try options.integer("status", in: 400...599)
        rule.milliseconds = try milliseconds(options)
        rule.seed = try options.integer("seed", in: 0...Int.max).map(UInt64.init)
        try refuseUnused(rule)
        return rule
    }

    private static func partner(_ options: ParsedOptions) throws -> Partner {
        guard let partner: Partner = try options.word("partner") else {
            throw Problem(.invalid, "usage", "--partner is missing")
        }
        return partner
    }

    private static func kind(_ options: ParsedOptions) throws -> FaultRule.Kind {
        let text = try options.requiredOption("kind")
        guard let kind = FaultRule.Kind.allCases.first(where: { $0.word == text || $0.rawValue == text }) else {
            throw ParsedOptions.invalid("--kind", text, oneOf: FaultRule.Kind.allCases.map(\.word))
        }
        return kind
    }

    private static func method(_ options: ParsedOptions) throws -> String? {
        guard let text = options.value("method") else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) }) else {
            throw Problem(.invalid, "usage", "--method '\(text)': must be a method such as PUT")
        }
        return text.uppercased()
    }

    /// A route that starts with the partner's own segment would never match.
    private static func route(_ options: ParsedOptions, of partner: Partner) throws -> String? {
        guard let text = options.value("route") else { return nil }
        guard text.hasPrefix("/") else {
            throw Problem(.invalid, "usage", "--route '\(text)': must begin with a slash")
        }
        guard text.split(separator: "/").first != partner.rawValue[...] else {
            throw Problem(
                .invalid, "usage",
                "--route '\(text)': must be the path below the partner, without '/\(partner.rawValue)'")
        }
        return text
    }

    private static func probability(_ options: ParsedOptions) throws -> Double? {
        guard let text = options.value("probability") else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), let number = Double(text),
            (0...1).contains(number)
        else { throw Problem(.invalid, "usage", "--probability '\(text)': must be a number from 0 to 1, such as 0.1") }
        return number
    }

    private static func milliseconds(_ options: ParsedOptions) throws -> Int? {
        guard let seconds = try options.seconds("latency") else { return nil }
        guard seconds <= 600 else { throw Problem(.invalid, "usage", "--latency: must be at most 10m") }
        return Int((seconds * 1000).rounded())
    }

    /// Refuses options that the kind does not use, rather than ignore them.
    private static func refuseUnused(_ rule: FaultRule) throws {
        if rule.kind == .latency, rule.milliseconds == nil {
            throw Problem(.invalid, "usage", "--kind latency needs --latency TIME")
        }
        if rule.milliseconds != nil, rule.kind != .latency, rule.kind != .effectThenTimeout {
            throw Problem(.invalid, "usage", "--latency is for the kinds latency and effect-then-timeout")
        }
        if rule.status != nil, rule.kind != .status {
            throw Problem(.invalid, "usage", "--status is for the kind status")
        }
        if rule.seed != nil, rule.probability == nil {
            throw Problem(.invalid, "usage", "--seed is for --probability")
        }
    }
}

extension FaultRule.Kind {
    /// The kind as the command line spells it: `effect-then-reset`.
    var word: String { rawValue.replacing("_", with: "-") }
}
