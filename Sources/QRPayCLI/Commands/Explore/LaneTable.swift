import CommandLineKit
import Explorer
import Simulator

/// A history as a table: one row per step, one column per actor and per partner.
struct LaneTable {
    private let moments: [Moment]
    /// The heading of the last column.
    private let status: String
    /// The actors in order of appearance, guests before processes.
    let lanes: [String]
    let partners: [String]

    private static let rank = [
        "guest", "support", "gateway", "identity", "order", "billing", "notification", "push", "reports", "worker",
        "bank", "clock",
    ]
    private static let orderWidth = 11

    init(_ moments: [Moment], status: String) {
        self.moments = moments
        self.status = status
        func rank(_ lane: String) -> Int { Self.rank.firstIndex { lane.hasPrefix($0) } ?? Self.rank.count }
        lanes = Set(moments.map(\.lane)).sorted { (rank($0), $0) < (rank($1), $1) }
        partners = Set(moments.compactMap(\.partner)).sorted()
    }

    /// - Parameter width: of the whole table; columns have a minimum width.
    func render(width: Int, style: TextStyle) -> TerminalText {
        let numberWidth = String(moments.count).count
        let fixed = numberWidth + 2 + Self.orderWidth + 2 + partners.reduce(0) { $0 + $1.count + 2 }
        let laneWidth = min(max((width - fixed) / max(lanes.count, 1) - 2, 18), 40)
        var text: TerminalText =
            style.dim(
                line(
                    String(repeating: " ", count: numberWidth),
                    lanes.map { ($0, laneWidth) } + partners.map { ($0, $0.count) },
                    status)) + "\n"
        for (number, moment) in moments.enumerated() {
            let words = Self.wrap(TerminalText.escaped(moment.text), laneWidth)
            for (row, part) in words.enumerated() {
                let cells = lanes.map { ($0 == moment.lane ? part : row == 0 ? "·" : "", laneWidth) }
                let marks = partners.map { ($0 == moment.partner && row == 0 ? "◀" : "", $0.count) }
                let numeral = row == 0 ? String(number + 1) : ""
                let full = line(
                    String(repeating: " ", count: numberWidth - numeral.count) + numeral, cells + marks,
                    row == 0 ? moment.status ?? "" : "")
                text += moment.isFault ? "\(style.yellow(full))\n" : "\(full)\n"
            }
        }
        return text
    }

    private func line(_ number: String, _ cells: [(text: String, width: Int)], _ status: String) -> String {
        var line = number
        for (text, width) in cells {
            line += "  " + text + String(repeating: " ", count: max(0, width - TerminalText.width(text)))
        }
        line += "  " + status
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Wraps a text at spaces into lines of at most `width` columns; longer words are kept whole.
    private static func wrap(_ text: String, _ width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            var word = word[...]
            while true {
                let line = lines[lines.count - 1]
                if line.isEmpty ? word.count <= width : line.count + 1 + word.count <= width {
                    lines[lines.count - 1] = line.isEmpty ? String(word) : line + " " + word
                    break
                }
                if line.isEmpty {
                    lines[lines.count - 1] = String(word.prefix(width))
                    word = word.dropFirst(width)
                }
                lines.append("")
            }
        }
        return lines
    }
}
