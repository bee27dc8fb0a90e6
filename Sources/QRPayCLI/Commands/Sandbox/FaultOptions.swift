import CommandLineKit
import PaymentPartners
import PaymentSandbox
import Payments

/// The options that describe a fault.
enum FaultOptions {
    private static let partner = Option(
        required: "partner", "PARTNER", ValueParser<Partner>.word, summary: "The partner")
    private static let kind = Option(required: "kind", "KIND", kinds, summary: "How")
    private static let method = Option("method", "METHOD", methods, summary: "Only requests of this method")
    private static let route = Option(
        "route", "PREFIX", path,
        summary: "Only paths below the partner with this prefix, such as '/v1/invoices/*/operations'")
    private static let probability = Option(
        "probability", "P", .number(in: 0...1), shownDefault: "1",
        summary: "The probability that a request is hit")
    private static let first = Option(
        "first", "N", .integer(in: 1...1_000_000_000),
        summary: "Only the first N requests are hit; then the partner recovers")
    private static let latency = Option(
        "latency", "TIME", .seconds(in: 0...600),
        summary: "The delay of latency (500ms, 2s), or how long effect-then-timeout stays silent (default 30s)")
    private static let status = Option(
        "status", "STATUS", .integer(in: 400...599), shownDefault: "503",
        summary: "The status that kind status returns")
    private static let seed = Option(
        "seed", "SEED", .integer(in: 0...Int.max), shownDefault: "0",
        summary: "Seed that selects the requests a probability hits")

    static let all: [any CommandOption] = [
        partner, kind, method, route, probability, first, latency, status, seed,
    ]

    static let rules: [OptionRule] = [.exclusive(probability, first), .onlyWith([probability], [seed])]

    /// The rule described by the options.
    /// - Throws: ``Problem`` `usage` for options that its kind or partner does not use, rather than ignore them.
    static func rule(_ options: ParsedOptions) throws -> FaultRule {
        var rule = FaultRule(partner: options[partner], kind: options[kind])
        rule.method = options[method]
        rule.route = try options[route].map { try checkedRoute($0, of: rule.partner) }
        rule.probability = options[probability]
        rule.first = options[first]
        rule.status = options[status]
        rule.milliseconds = options[latency].map { Int(($0 * 1000).rounded()) }
        rule.seed = options[seed].map(UInt64.init)
        try refuseUnused(rule)
        return rule
    }

    private static let kinds: ValueParser<FaultRule.Kind> = {
        var words = ValueParser.words(FaultRule.Kind.allCases.map { ($0.word, $0) })
        words.read = { [read = words.read] in try read($0.replacing("_", with: "-"), $1) }
        return words
    }()

    /// Any method; the partners have these.
    private static let methods = ValueParser<String>(completion: .values(["GET", "HEAD", "POST", "PUT", "DELETE"])) {
        text in
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) }) else {
            throw InvalidValue("must be a method such as PUT")
        }
        return text.uppercased()
    }

    private static let path = ValueParser<String> { text in
        guard text.hasPrefix("/") else { throw InvalidValue("must begin with a slash") }
        return text
    }

    /// A route that starts with the partner's own segment would never match.
    private static func checkedRoute(_ text: String, of partner: Partner) throws -> String {
        guard text.split(separator: "/").first != partner.rawValue[...] else {
            throw Problem(
                .invalid, "usage",
                "\(route.label) '\(text)': must be the path below the partner, without '/\(partner.rawValue)'")
        }
        return text
    }

    private static func refuseUnused(_ rule: FaultRule) throws {
        if rule.kind == .latency, rule.milliseconds == nil {
            throw Problem(.invalid, "usage", "\(kind.label) latency needs \(latency.label) TIME")
        }
        if rule.milliseconds != nil, rule.kind != .latency, rule.kind != .effectThenTimeout {
            throw Problem(.invalid, "usage", "\(latency.label) is for the kinds latency and effect-then-timeout")
        }
        if rule.status != nil, rule.kind != .status {
            throw Problem(.invalid, "usage", "\(status.label) is for the kind status")
        }
    }
}

extension FaultRule.Kind {
    /// The kind as the command line spells it: `effect-then-reset`.
    var word: String { rawValue.replacing("_", with: "-") }
}
