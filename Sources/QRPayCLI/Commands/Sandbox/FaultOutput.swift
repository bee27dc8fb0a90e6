import CommandLineKit
import JSONKit
import PaymentPartners
import PaymentSandbox

/// An active rule, and how often it has matched.
struct FaultOutput: Detailed, Listed {
    var entry: FaultPlan.Entry

    private var rule: FaultRule { entry.rule }

    var json: JSONObject {
        [
            "id": entry.id, "partner": rule.partner.rawValue, "method": rule.method, "route": rule.route,
            "probability": rule.probability, "first": rule.first, "kind": rule.kind.rawValue,
            "milliseconds": rule.milliseconds, "status": rule.status, "seed": rule.seed, "matched": entry.matched,
            "hit": entry.hit,
        ]
    }

    var details: [(label: String, value: String?)] {
        [
            ("id", "\(entry.id)"), ("partner", rule.partner.rawValue), ("requests", requests), ("when", when),
            ("kind", kind), ("matched", "\(entry.matched)"), ("hit", "\(entry.hit)"),
        ]
    }

    static let columns = [
        TextTable.Column("ID", alignment: .right), TextTable.Column("PARTNER"), TextTable.Column("REQUESTS"),
        TextTable.Column("WHEN"), TextTable.Column("KIND"), TextTable.Column("MATCHED", alignment: .right),
        TextTable.Column("HIT", alignment: .right),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell("\(entry.id)"), TextTable.Cell(rule.partner.rawValue), TextTable.Cell(requests),
            TextTable.Cell(when), TextTable.Cell(kind), TextTable.Cell("\(entry.matched)"),
            TextTable.Cell("\(entry.hit)", effect: entry.hit > 0 ? .yellow : nil),
        ]
    }

    private var requests: String { "\(rule.method ?? "any") \(rule.route ?? "/")" }

    private var when: String {
        let probability = rule.probability.map { "probability \($0), seed \(rule.seed ?? 0)" }
        let first = rule.first.map { "the first \($0)" }
        let parts = [first, probability].compactMap { $0 }
        return parts.isEmpty ? "always" : parts.joined(separator: ", ")
    }

    private var kind: String {
        switch rule.kind {
        case .latency: "latency of \(rule.milliseconds ?? 0) ms"
        case .status: "status \(rule.status ?? 503)"
        case .effectThenTimeout: "effect-then-timeout after \(rule.milliseconds ?? FaultRule.silenceMilliseconds) ms"
        case .reset, .truncated, .garbage, .effectThenReset: rule.kind.word
        }
    }
}
