import CommandLineKit
import JSONKit
import Payments

/// A result to show: as JSON, or as text for a terminal or a pipe, all from one value.
protocol Presentable {
    var json: JSONObject { get }
}

/// One item: labelled values, one per line.
protocol Detailed: Presentable {
    /// Label and value; a nil value leaves the line out.
    var details: [(label: String, value: String?)] { get }
}

/// One row of a list.
protocol Listed: Presentable {
    static var columns: [TextTable.Column] { get }
    var cells: [TextTable.Cell] { get }
}

extension Context {
    /// Shows one item: labelled lines on a terminal, `label TAB value` in a pipe.
    func show(_ thing: some Detailed, asJSON: Bool) throws {
        if asJSON { return try output.write(try JSONText.render(thing.json)) }
        let lines = thing.details.compactMap { detail in detail.value.map { (detail.label, $0) } }
        let width = lines.map { TerminalText.width($0.0) }.max() ?? 0
        for (label, value) in lines {
            let padding = String(repeating: " ", count: width - TerminalText.width(label))
            try output.write(
                terminal.isTerminal ? "\(terminal.style.dim(label))\(padding)  \(value)\n" : "\(label)\t\(value)\n")
        }
    }

    /// Shows a result, and then throws `verdict` if it is negative: the verdict takes precedence over
    /// a result that has no reader or cannot be written.
    func show(_ thing: some Detailed, asJSON: Bool, verdict: Problem?) throws {
        guard let verdict else { return try show(thing, asJSON: asJSON) }
        try? show(thing, asJSON: asJSON)
        throw verdict
    }

    /// Shows a list: a table on a terminal, tab-separated lines in a pipe.
    /// - Parameter headers: columns to omit from a table, because they would repeat a filter.
    func show<Item: Listed>(
        _ items: [Item], asJSON: Bool, ifEmpty: String, without headers: Set<String> = []
    ) throws {
        if asJSON { return try JSONText.write(items.lazy.map(\.json), to: output) }
        guard !items.isEmpty else {
            if terminal.isTerminal { try note("\(ifEmpty)") }
            return
        }
        var table = TextTable(columns: Item.columns)
        for item in items { table.append(item.cells) }
        table.hidden = headers
        try output.write(table.render(TextTable.Mode(terminal)))
    }
}
