import EncodingKit
import Explorer

/// The result of an exploration as an HTML page.
enum HistoryPage {
    static func render(_ run: ExplorationOutput) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>\(Markup.escaped(run.command)): \(Markup.escaped(run.name))</title>
        <style>\(css)</style>
        <h1>\(Markup.escaped(run.name))</h1>
        <p>\(Markup.escaped(run.summary)).</p>
        <p>\(Markup.escaped(run.bounds)).</p>
        \(figures(run))\(run.violations.map { section($0, of: run) }.joined())
        </html>

        """
    }

    private static let css = """
        body{font:16px/1.4 system-ui,sans-serif;margin:2em auto;max-width:100em;padding:0 1em;color:#1b1b1b}
        table{border-collapse:collapse;font-size:.85em}th,td{padding:.35em .6em;vertical-align:top;text-align:left}
        thead th{border-bottom:2px solid #888;position:sticky;top:0;background:#fff}
        td{border-left:1px dotted #ccc}tr.fault td{background:#fff3d6}td.own{background:#e8f0fb;min-width:11em}
        tr.fault td.own{background:#ffdf9c}td.partner{text-align:center}code{overflow-wrap:anywhere}
        .broken{color:#a40000}blockquote{border-left:4px solid #a40000;margin:0;padding:.2em 1em}
        """

    private static func figures(_ run: ExplorationOutput) -> String {
        guard let findings = run.counts else { return "" }
        return """
            <p>\(Markup.escaped(run.verdict)): \(findings.schedules) complete histories, \(findings.pruned) pruned, \
            \(findings.finalStates) final states, \(findings.steps) steps \
            in \(ExplorationOutput.round(run.seconds)) s.</p>

            """
    }

    private static func section(_ violation: ExplorationOutput.Found, of run: ExplorationOutput) -> String {
        let lanes = LaneTable(violation.moments, status: run.statusColumn)
        let title = violation.invariant.map { "\($0) can be violated" } ?? "no violation"
        let broken = violation.broken.map { "<p class=\"broken\">\(Markup.escaped($0))</p>\n" }.joined()
        let sentence =
            violation.sentence.map {
                "<blockquote lang=\"\(run.sentenceLanguage)\">\(Markup.escaped($0))</blockquote>\n"
            } ?? ""
        let head = (["#"] + lanes.lanes + lanes.partners + [run.statusColumn]).map { "<th>\(Markup.escaped($0))</th>" }
            .joined()
        let rows = violation.moments.enumerated().map { number, moment in
            let own = lanes.lanes.map {
                $0 == moment.lane ? "<td class=\"own\">\(Markup.escaped(moment.text))</td>" : "<td></td>"
            }
            let asked = lanes.partners.map { "<td class=\"partner\">\($0 == moment.partner ? "◀" : "")</td>" }
            return "<tr\(moment.isFault ? " class=\"fault\"" : "")><td>\(number + 1)</td>\((own + asked).joined())"
                + "<td>\(Markup.escaped(moment.status ?? ""))</td></tr>\n"
        }.joined()
        return """
            <h2>\(Markup.escaped(title))</h2>
            \(broken)\(sentence)<table><thead><tr>\(head)</tr></thead><tbody>
            \(rows)</tbody></table>
            <p><code>\(Markup.escaped(run.command)) --replay \(violation.token)</code></p>

            """
    }
}
