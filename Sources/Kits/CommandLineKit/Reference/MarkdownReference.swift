/// The command line as Markdown tables, for a README.
package enum MarkdownReference {
    /// A table of all commands and their summaries.
    package static func commands(of table: CommandTable) -> String {
        let rows = table.allCommands.map { command in
            let arguments = command.arguments.map(\.usage)
            let line = ([table.name] + command.path + arguments).joined(separator: " ")
            return [code(line), escaped(command.summary)]
        }
        return markdownTable(["command", "what it does"], rows)
    }

    /// A section for the global options, then one for each command with options, in table order.
    ///
    /// - Parameter level: the level of the headings.
    package static func options(of table: CommandTable, level: Int = 3) -> String {
        let global = ("Every command", table.globalOptions.map { row(of: $0, notes: $0.notes) })
        let own = table.allCommands.map { command in
            (
                code("\(table.name) \(command.title)"),
                command.options.map { row(of: $0, notes: command.notes(of: $0)) }
            )
        }
        return ([global] + own).filter { !$0.1.isEmpty }.map { heading, rows in
            let body = markdownTable(["option", "what it does"], rows)
            return "\(String(repeating: "#", count: level)) \(heading)\n\n\(body)"
        }.joined(separator: "\n")
    }

    private static func row(of option: OptionSpec, notes: [String]) -> [String] {
        let short = option.short.map { [code("-\($0)")] } ?? []
        let notes = notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))"
        return [(short + [code(option.usage)]).joined(separator: ", "), escaped(option.summary + notes)]
    }

    /// - Parameter rows: cells of Markdown, see ``code(_:)`` and ``escaped(_:)``.
    package static func markdownTable(_ header: [String], _ rows: [[String]]) -> String {
        ([header, header.map { _ in "---" }] + rows)
            .map { "| \($0.joined(separator: " | ")) |\n" }.joined()
    }

    /// A code span. Within a table, GitHub Flavored Markdown requires its bars to be escaped too.
    package static func code(_ text: String) -> String {
        "`\(replaced(text, in: ["|"]))`"
    }

    package static func escaped(_ text: String) -> String {
        replaced(text, in: ["\\", "`", "*", "_", "[", "]", "<", ">", "|"])
    }

    private static func replaced(_ text: String, in special: Set<Character>) -> String {
        String(text.flatMap { special.contains($0) ? ["\\", $0] : [$0] })
    }
}
