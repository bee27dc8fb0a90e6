/// Lays out a help page: sections with headings, lists in two columns.
struct HelpWriter {
    /// A term, its meaning, and notes in brackets.
    typealias Entry = (term: String, summary: String, notes: [String])
    typealias List = (heading: String, entries: [Entry])

    private let width: Int
    private let style: TextStyle
    private var sections: [[String]] = []

    init(width: Int, style: TextStyle) {
        self.width = width
        self.style = style
    }

    /// The sections with an empty line between them.
    var text: TerminalText {
        TerminalText(drawn: sections.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n"))
    }

    mutating func paragraph(_ text: String) {
        guard !text.isEmpty else { return }
        sections.append(Prose.wrapped(text, width: width))
    }

    mutating func discussion(_ text: String) {
        for part in Prose.parts(of: text) {
            switch part {
            case .paragraph(let text): paragraph(text)
            case .verbatim(let lines): sections.append(lines.map { "    \($0)" })
            }
        }
    }

    /// Lines under a heading; a long one is wrapped with further indentation.
    mutating func section(_ heading: String, lines: [String]) {
        let body = lines.flatMap { line in
            Prose.wrapped(line, width: width - 6).enumerated().map { $0 == 0 ? "  \($1)" : "      \($1)" }
        }
        sections.append([style.bold("\(heading):").text] + body)
    }

    mutating func examples(_ examples: [ExampleSpec]) {
        guard !examples.isEmpty else { return }
        let bodies = examples.map { example in
            Prose.wrapped("\(example.summary):", width: width - 2).map { "  \($0)" } + ["    $ \(example.command)"]
        }
        sections.append([style.bold("Examples:").text] + Array(bodies.joined(separator: [""])))
    }

    /// Lists whose summaries are aligned in one column. Empty lists are omitted.
    mutating func lists(_ lists: [List]) {
        let terms = lists.flatMap(\.entries).map { TerminalText.width($0.term) }
        // A much longer term has its own line.
        let limit = width * 2 / 5
        let column = 2 + (terms.filter { $0 <= limit }.max() ?? limit) + 2
        for list in lists where !list.entries.isEmpty {
            sections.append(
                [style.bold("\(list.heading):").text] + list.entries.flatMap { lines(of: $0, column: column) })
        }
    }

    private func lines(of entry: Entry, column: Int) -> [String] {
        let notes = entry.notes.map { "[\($0)]" }
        let margin = String(repeating: " ", count: column)
        var lines = Prose.wrapped(entry.summary, notes: notes, width: width - column).map { margin + $0 }
        let term = "  \(entry.term)"
        if let first = lines.first, TerminalText.width(term) + 2 <= column {
            lines[0] = TerminalText.padded(term, to: column) + first.dropFirst(column)
        } else {
            lines.insert(term, at: 0)
        }
        return lines
    }
}
