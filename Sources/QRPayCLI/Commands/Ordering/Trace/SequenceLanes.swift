import CommandLineKit
import OrderingCore
import WorldKit

/// A run as lanes for a terminal: one column a participant, one line an arrow, its words at the right.
struct SequenceLanes {
    private let run: SequenceRun
    private let lanes: [Participant]
    /// The columns of the lanes' lines.
    private let places: [Participant: Int]
    private let width: Int
    private let times: [String]

    /// Between two names.
    private static let gap = 3

    init(_ run: SequenceRun) {
        self.run = run
        lanes = run.participants
        var places: [Participant: Int] = [:]
        var column = 0
        for lane in lanes {
            places[lane] = column + lane.rawValue.count / 2
            column += lane.rawValue.count + Self.gap
        }
        self.places = places
        width = max(0, column - Self.gap)
        let start = run.steps.first?.at
        times = run.steps.map { step in
            guard let at = step.at, let start else { return "" }
            return Self.milliseconds(at.seconds(since: start))
        }
    }

    /// `12.3`, milliseconds.
    static func milliseconds(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10_000).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// - Parameter columns: of the terminal; where the words do not fit beside an arrow, they are below it.
    func render(columns: Int, style: TextStyle) -> TerminalText {
        let numberWidth = max(1, String(run.steps.count).count)
        let timeWidth = max("ms".count, times.map(\.count).max() ?? 0)
        let margin = String(repeating: " ", count: numberWidth + timeWidth + 4)
        let names = lanes.map(\.rawValue).joined(separator: String(repeating: " ", count: Self.gap))
        let head = String(repeating: " ", count: numberWidth + 2) + Self.padded("ms", timeWidth) + "  " + names
        var text: TerminalText = style.dim(head) + "\n"
        for (index, step) in run.steps.enumerated() {
            let start = Self.padded(String(index + 1), numberWidth) + "  " + Self.padded(times[index], timeWidth) + "  "
            let words = words(step)
            let fits = margin.count + width + Self.gap + words.count <= columns
            var line = start + drawing(step.arrow)
            if fits {
                line += String(repeating: " ", count: Self.gap) + words
            } else {
                while line.last == " " { line.removeLast() }
            }
            text += step.trouble == nil ? "\(line)\n" : "\(style.yellow(line))\n"
            if !fits { text += "\(margin)\(step.trouble == nil ? "\(words)" : style.yellow(words))\n" }
        }
        return text
    }

    private func words(_ step: SequenceRun.Step) -> String {
        var words = step.arrow.label
        if step.isPrelude { words += " (before the order)" }
        if step.attempts > 1 { words += ", \(step.attempts) attempts" }
        if let trouble = step.trouble { words += ": \(trouble)" }
        return words
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// The lanes with one arrow.
    private func drawing(_ arrow: SequenceArrow) -> String {
        var cells = Array(repeating: Character(" "), count: width)
        for place in places.values { cells[place] = "│" }
        guard let from = places[arrow.from], let to = places[arrow.to] else { return String(cells) }
        guard from != to else {
            cells[from] = "●"
            return String(cells)
        }
        for column in min(from, to)...max(from, to) { cells[column] = arrow.isDashed ? "╌" : "─" }
        cells[from] = from < to ? "├" : "┤"
        cells[to] = from < to ? "▶" : "◀"
        return String(cells)
    }
}
