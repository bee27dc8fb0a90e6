import CommandLineKit
import EncodingKit
import Explorer
import JSONKit
import PaymentCore
import Simulator

/// The result of a simulation, as text and as JSON.
struct SimulationOutput: Presentable {
    var report: SimulationReport

    var json: JSONObject {
        let latency = report.latencies.mapValues { latency in
            [
                "count": Double(latency.count), "p50": Self.rounded(latency.p50), "p95": Self.rounded(latency.p95),
                "p99": Self.rounded(latency.p99), "max": Self.rounded(latency.maximum),
            ]
        }
        let unchecked = report.invariants.compactMap { invariant -> JSONObject? in
            invariant.unchecked.map { ["invariant": invariant.name, "why": $0] }
        }
        return [
            "scenario": report.scenario, "seed": report.seed, "steps": report.steps,
            "invariants_broken": report.violations.map(\.json),
            "invariants_checked": report.invariants.filter { $0.unchecked == nil }.map(\.name),
            "invariants_unchecked": unchecked,
            "expectations": report.expectations.count,
            "expectations_unchecked": report.expectations.filter { $0.unchecked != nil }.map(\.place),
            "expectations_missed": report.missed.map { missed -> JSONObject in
                ["place": missed.place, "expected": missed.expected, "found": missed.missed]
            },
            "latency_ms": latency, "ids": report.ids, "outcomes": report.outcomes,
            "orders": Dictionary(uniqueKeysWithValues: report.statuses.map { ($0.key.rawValue, $0.value) }),
            "payments": report.payments, "payments_per_second": Self.rounded(report.paymentsPerSecond),
            "seconds": Self.rounded(report.seconds), "pending": report.pending,
        ]
    }

    func show(_ context: Context, asJSON: Bool) throws {
        if asJSON { return try context.output.write(try JSONText.render(json)) }
        let style = context.terminal.style
        let steps = report.steps.counted("step")
        var text: TerminalText =
            "\(report.scenario), seed \(report.seed): \(steps) in \(Self.short(report.seconds)) s\n"
        if report.payments > 0 {
            text += "\(report.payments.counted("order")) paid, \(Self.short(report.paymentsPerSecond)) per second\n"
        }
        text += counts("outcomes", report.outcomes)
        text += counts("orders", Dictionary(uniqueKeysWithValues: report.statuses.map { ($0.key.rawValue, $0.value) }))
        try context.output.write(text)
        if !report.latencies.isEmpty {
            var table = TextTable(columns: LatencyOutput.columns)
            for (kind, latency) in report.latencies.sorted(by: { $0.key < $1.key }) {
                table.append(LatencyOutput(kind: kind, latency: latency).cells)
            }
            try context.output.write(table.render(TextTable.Mode(context.terminal)))
        }
        var end: TerminalText = ""
        for missed in report.missed {
            let found = missed.missed ?? ""
            end += "\(style.red("missed")) \(missed.place): expected \(missed.expected), found \(found)\n"
        }
        for broken in report.violations { end += "\(style.red("broken")) \(broken.text)\n" }
        for pending in report.pending { end += "\(style.yellow("pending")) \(pending)\n" }
        try context.output.write(end + verdict(style))
    }

    private func verdict(_ style: TextStyle) -> TerminalText {
        let checked = report.invariants.count { $0.unchecked == nil }
        var text: TerminalText = "\(checked.counted("invariant")) checked, \(report.violations.count) broken; "
        text += "\(report.expectations.count.counted("expectation")), \(report.missed.count) missed\n"
        let unchecked =
            report.invariants.map { ($0.name, $0.unchecked) } + report.expectations.map { ($0.place, $0.unchecked) }
        let reasons = Dictionary(grouping: unchecked.filter { $0.1 != nil }) { $0.1 ?? "" }
        for (why, group) in reasons.sorted(by: { $0.key < $1.key }) {
            text += "not checked, for \(why): \(group.map(\.0).joined(separator: ", "))\n"
        }
        return text
    }

    private func counts(_ title: String, _ counts: [String: Int]) -> TerminalText {
        guard !counts.isEmpty else { return "" }
        let all = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return "\(title): \(all.joined(separator: ", "))\n"
    }

    fileprivate static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    fileprivate static func short(_ value: Double) -> String { "\(rounded(value))" }
}

extension SimulationReport.Violation {
    fileprivate var json: JSONObject {
        [
            "invariant": invariant, "order_id": orderID, "uid": uid, "eda_order_id": edaOrderID, "step": step,
            "explanation": explanation,
        ]
    }
}

/// Latencies of one kind of request, in milliseconds.
private struct LatencyOutput {
    var kind: String
    var latency: SimulationReport.Latency

    static let columns =
        [TextTable.Column("STEP")]
        + ["COUNT", "P50 MS", "P95 MS", "P99 MS", "MAX MS"].map { TextTable.Column($0, alignment: .right) }

    var cells: [TextTable.Cell] {
        [TextTable.Cell(kind), TextTable.Cell("\(latency.count)")]
            + [latency.p50, latency.p95, latency.p99, latency.maximum].map {
                TextTable.Cell(SimulationOutput.short($0))
            }
    }
}
