import CommandLineKit
import EncodingKit
import JSONKit
import Ordering
import OrderingCore
import WorldKit

/// A traced request, perhaps held against the diagram of its style.
struct TraceOutput: Presentable {
    let trace: OrderTrace
    /// Nil when it is not held against anything.
    let comparison: DiagramComparison?

    private var run: SequenceRun { trace.run }

    var isAsDrawn: Bool { comparison?.isAsDrawn ?? true }

    // MARK: JSON

    var json: JSONObject {
        let counts = run.counts
        let arrows = run.steps.enumerated().map { index, step in arrow(index, step) }
        var json: JSONObject = [
            "id": trace.subject, "request": run.request.rawValue, "request_id": trace.requestID,
            "user_id": trace.userID, "style": run.style.rawValue, "status": status,
            "reason": run.outcome?.reason?.rawValue, "requests": counts.requests, "publishes": counts.publishes,
            "deliveries": counts.deliveries, "arrows": arrows,
        ]
        if let comparison { json["against"] = Self.json(comparison) }
        return json
    }

    private static func json(_ comparison: DiagramComparison) -> JSONObject {
        var difference: JSONObject?
        if let found = comparison.difference {
            difference = [
                "drawn": found.drawn.map(arrow), "run": found.run.map(arrow), "after": found.after.map(arrow),
            ]
        }
        let renamed = comparison.renamed.sorted { $0.key.label < $1.key.label }.map { key, words -> JSONObject in
            ["arrow": arrow(key), "drawn": words]
        }
        return [
            "diagram": "seed", "as_drawn": comparison.isAsDrawn, "difference": difference, "drawn_as": renamed,
            "not_compared": comparison.prelude.map(arrow),
        ]
    }

    private var status: String {
        guard run.request == .order else { return run.counts == ArrowCounts() ? "pending" : "done" }
        return (run.outcome?.status ?? .pending).rawValue
    }

    private func arrow(_ index: Int, _ step: SequenceRun.Step) -> JSONObject {
        var json = Self.arrow(step.arrow)
        json["number"] = index + 1
        json["cause"] = step.cause.map { $0 + 1 }
        json["at"] = step.at?.rfc3339
        json["ms"] = step.at.flatMap { at in
            run.steps.first?.at.map { (at.seconds(since: $0) * 10_000).rounded() / 10 }
        }
        json["id"] = step.id
        json["attempts"] = step.attempts
        json["trouble"] = step.trouble
        json["before_order"] = step.isPrelude
        return json
    }

    private static func arrow(_ arrow: SequenceArrow) -> JSONObject {
        ["from": arrow.from.rawValue, "to": arrow.to.rawValue, "kind": arrow.kind.word, "label": arrow.label]
    }

    // MARK: Text

    func write(to context: Context) throws {
        let style = context.terminal.style
        let counts = run.counts
        // A program that reads it has no edge.
        let columns = context.terminal.isTerminal ? context.terminal.columns : .max
        try context.output.write(
            """
            \(style.bold("\(run.request.rawValue) \(trace.subject)")): \(run.style.rawValue), \(status)\
            \(run.outcome?.reason.map { ", \($0.prose)" } ?? "")
            \(counts.requests.counted("request")), \(counts.publishes.counted("publish", "publishes")), \
            \(counts.deliveries.counted("delivery", "deliveries"))


            """)
        try context.output.write(SequenceLanes(run).render(columns: columns, style: style))
        if let comparison {
            try context.output.write("\n")
            for line in Self.verdict(comparison) {
                try context.output.write(comparison.isAsDrawn ? "\(line)\n" : "\(style.red(line))\n")
            }
        }
    }

    /// The verdict in words, the first line first.
    static func verdict(_ comparison: DiagramComparison) -> [String] {
        func words(_ arrow: SequenceArrow) -> String {
            "\(arrow.from.rawValue) → \(arrow.to.rawValue) \(arrow.label)"
        }
        guard let difference = comparison.difference else {
            return ["as drawn"]
                + comparison.renamed.map { "  \(words($0.key)) is drawn as '\($0.value)'" }.sorted()
                + comparison.prelude.map { "  \(words($0)) came before the order and is not drawn" }
        }
        let after = difference.after.map { " after \(words($0))" } ?? ""
        switch (difference.drawn, difference.run) {
        case (let drawn?, let run?): return ["drawn\(after): \(words(drawn))", "in the run: \(words(run))"]
        case (let drawn?, nil): return ["drawn\(after), and not in the run: \(words(drawn))"]
        case (nil, let run?): return ["in the run\(after), and not drawn: \(words(run))"]
        case (nil, nil): return ["as drawn"]
        }
    }
}

extension SequenceArrow.Kind {
    /// A stable word.
    fileprivate var word: String {
        switch self {
        case .ask: "ask"
        case .reply: "reply"
        case .request: "request"
        case .answer: "answer"
        case .publish: "publish"
        case .consume: "consume"
        case .work: "work"
        case .email: "email"
        case .pushEvent: "push_event"
        }
    }
}
