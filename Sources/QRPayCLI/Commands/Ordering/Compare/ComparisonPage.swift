import EncodingKit
import Glibc
import Ordering
import OrderingCore

/// A comparison as one HTML page that needs nothing from elsewhere.
enum ComparisonPage {
    static func render(_ output: ComparisonOutput) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>qrpay ordering compare</title>
        <style>\(css)</style>
        <h1>Four styles under the same load</h1>
        <p>\(Markup.escaped(output.summary)). Every client arrives when the plan says so, whether or not those before \
        have been answered, and its time counts from then.</p>
        <div class="wide"><table><thead><tr><th></th>\(heads(output))</tr></thead><tbody>
        \(rows(output))</tbody></table></div>
        <h2>Time to outcome, by the start of the order</h2>
        <p>\(legend(output))</p>
        \(charts(output))\(violations(output))
        </html>

        """
    }

    private static let css = """
        :root{color-scheme:light dark;--ink:#1b1b1b;--paper:#fff;--line:#8a8a8a;--note:#5a6068;--soft:#e9edf3;
        --median:#1f6feb;--worst:#c2410c;--fault:#f6d7d2}
        @media(prefers-color-scheme:dark){:root{--ink:#e8e8e8;--paper:#16181c;--line:#7a7f87;--note:#a6adb6;
        --soft:#22262d;--median:#79b0ff;--worst:#ff9d6b;--fault:#4a2723}}
        @media print{:root{--ink:#000;--paper:#fff;--line:#777;--note:#444;--soft:#e9edf3;--median:#1f6feb;
        --worst:#c2410c;--fault:#f6d7d2}body{margin:0;max-width:none}figure,tr{break-inside:avoid}}
        body{font:16px/1.45 system-ui,sans-serif;margin:2em auto;max-width:62em;padding:0 1em;color:var(--ink);
        background:var(--paper)}
        .wide{overflow-x:auto}
        table{border-collapse:collapse;width:100%}th,td{padding:.3em .7em;text-align:right;vertical-align:top}
        th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid var(--line)}
        tbody tr:nth-child(even){background:var(--soft)}td{font-variant-numeric:tabular-nums}
        td small{display:block;color:var(--note);max-width:30em}th:not(:first-child){width:15%}
        figure{margin:1em 0}figcaption{font-weight:600}
        svg{width:100%;height:auto}svg text{fill:var(--ink);font:11px system-ui,sans-serif}
        .grid{stroke:var(--line);stroke-width:.5}.median,.worst{fill:none;stroke-width:1.6}
        .median{stroke:var(--median)}.worst{stroke:var(--worst)}.fault{fill:var(--fault)}
        b.median{color:var(--median)}b.worst{color:var(--worst)}.broken{color:var(--worst)}
        @media(max-width:40em){body{margin:1em auto}th,td{padding:.3em .4em}.wide table{min-width:34em}}
        """

    private static func heads(_ output: ComparisonOutput) -> String {
        output.measurements.map { "<th>\(Markup.escaped($0.style.rawValue))</th>" }.joined()
    }

    private static func rows(_ output: ComparisonOutput) -> String {
        ComparisonRow.all.map { row in
            let values = output.measurements.map { row.value($0) }
            guard values.contains(where: { $0 != nil }) else { return "" }
            let cells = values.map { "<td>\(Markup.escaped($0 ?? "–"))</td>" }.joined()
            return "<tr><td>\(Markup.escaped(row.title))<small>\(Markup.escaped(row.note))</small></td>\(cells)</tr>\n"
        }.joined()
    }

    private static func legend(_ output: ComparisonOutput) -> String {
        "<b class=\"median\">Median</b> and <b class=\"worst\">longest</b> of the orders that began in the same "
            + "interval, on a scale of powers of ten"
            + (output.fault == nil ? "." : "; the shaded time is the fault.")
    }

    private static func violations(_ output: ComparisonOutput) -> String {
        output.measurements.filter { !$0.violations.isEmpty }.map { measured in
            let items = measured.violations.prefix(50).map { "<li>\(Markup.escaped($0.description))</li>\n" }.joined()
            return """
                <h2 class="broken">Violations in \(Markup.escaped(measured.style.rawValue))</h2>
                <ul>
                \(items)</ul>

                """
        }.joined()
    }

    // MARK: Charts

    private static func charts(_ output: ComparisonOutput) -> String {
        let ends = output.plan.arrivals.last?.seconds ?? 1
        let chart = OutcomeChart(seconds: max(ends, output.fault?.end ?? 0, 0.1), fault: output.fault)
        return output.measurements.map { measured in
            "<figure><figcaption>\(Markup.escaped(measured.style.rawValue))</figcaption>\n"
                + chart.render(measured.samples) + "</figure>\n"
        }.joined()
    }
}

/// Times to outcome over the time of a run, as SVG.
struct OutcomeChart {
    /// The time that the chart spans.
    let seconds: Double
    let fault: PlannedFault?

    private static let (width, height) = (900, 190)
    private static let (left, right, top, bottom) = (58, 12, 10, 28)
    private static let buckets = 90
    /// Powers of ten of seconds.
    private static let powers = -3...2

    func render(_ samples: [StyleMeasurement.Sample]) -> String {
        var parts: [String] = []
        if let fault {
            let (from, to) = (x(fault.start), x(min(fault.end, seconds)))
            parts.append(
                "<rect class=\"fault\" x=\"\(from)\" y=\"\(Self.top)\" width=\"\(max(1, to - from))\" "
                    + "height=\"\(Self.height - Self.top - Self.bottom)\"/>")
        }
        for power in Self.powers {
            let y = y(power: Double(power))
            parts.append(
                "<line class=\"grid\" x1=\"\(Self.left)\" y1=\"\(y)\" x2=\"\(Self.width - Self.right)\" y2=\"\(y)\"/>"
                    + "<text x=\"\(Self.left - 6)\" y=\"\(y + 4)\" text-anchor=\"end\">\(Self.label(power))</text>")
        }
        for step in 0...4 {
            let at = seconds * Double(step) / 4
            let anchor = step == 4 ? "end" : "middle"
            parts.append(
                "<text x=\"\(x(at))\" y=\"\(Self.height - 8)\" text-anchor=\"\(anchor)\">"
                    + "\(ComparisonRow.decimal(at)) s</text>")
        }
        let intervals = intervals(samples)
        parts.append(line("worst", intervals.map { ($0.at, $0.values.last) }))
        parts.append(line("median", intervals.map { ($0.at, NearestRank.percentile(50, of: $0.values)) }))
        return "<svg viewBox=\"0 0 \(Self.width) \(Self.height)\" role=\"img\">\(parts.joined(separator: "\n"))</svg>\n"
    }

    private func intervals(_ samples: [StyleMeasurement.Sample]) -> [(at: Double, values: [Double])] {
        let length = seconds / Double(Self.buckets)
        let groups = Dictionary(grouping: samples.filter { $0.outcome != nil }) {
            min(Self.buckets - 1, max(0, Int($0.arrival.seconds / length)))
        }
        return groups.sorted { $0.key < $1.key }.map { bucket, samples in
            ((Double(bucket) + 0.5) * length, samples.compactMap(\.outcome).sorted())
        }
    }

    private func line(_ name: String, _ points: [(at: Double, value: Double?)]) -> String {
        let text = points.compactMap { point in
            point.value.map { "\(x(point.at)),\(y(power: $0 <= 0.001 ? -3 : log10($0)))" }
        }
        guard text.count > 1 else {
            return points.first.flatMap { point in
                point.value.map {
                    "<circle class=\"\(name)\" cx=\"\(x(point.at))\" cy=\"\(y(power: $0 <= 0.001 ? -3 : log10($0)))\" "
                        + "r=\"2\"/>"
                }
            } ?? ""
        }
        return "<polyline class=\"\(name)\" points=\"\(text.joined(separator: " "))\"/>"
    }

    private func x(_ at: Double) -> Int {
        Self.left + Int((Double(Self.width - Self.left - Self.right) * min(1, max(0, at / seconds))).rounded())
    }

    private func y(power: Double) -> Int {
        let (low, high) = (Double(Self.powers.lowerBound), Double(Self.powers.upperBound))
        let share = (min(high, max(low, power)) - low) / (high - low)
        return Self.height - Self.bottom - Int((Double(Self.height - Self.top - Self.bottom) * share).rounded())
    }

    private static func label(_ power: Int) -> String {
        switch power {
        case -3: "1 ms"
        case -2: "10 ms"
        case -1: "100 ms"
        case 0: "1 s"
        case 1: "10 s"
        default: "100 s"
        }
    }
}
