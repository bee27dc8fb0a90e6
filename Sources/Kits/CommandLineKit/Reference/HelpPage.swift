/// The output of `--help` for the program, a group of commands or a command.
package enum HelpPage {
    /// - Parameters:
    ///   - path: the path of a command or a group; empty for the program.
    ///   - width: the width in columns, clamped to 40 to 100.
    package static func render(
        _ table: CommandTable, path: [String] = [], width: Int = 80, style: TextStyle = .plain
    ) -> TerminalText {
        var page = HelpWriter(width: min(max(width, 40), 100), style: style)
        if let command = table.command(at: path) {
            write(command, of: table, to: &page)
        } else {
            write(group: path, of: table, to: &page)
        }
        return page.text
    }

    // MARK: - Program and groups

    private static func write(group path: [String], of table: CommandTable, to page: inout HelpWriter) {
        let title = ([table.name] + path).joined(separator: " ")
        page.paragraph(path.isEmpty ? table.summary : table.summary(at: path))
        page.section("Usage", lines: ["\(title) \(groupUsage)"])
        if path.isEmpty {
            page.discussion(table.discussion)
            page.lists(commandLists(of: table))
        } else {
            page.lists([("Commands", table.commands(under: path).map(entry))])
        }
        page.lists([("Global options", globalOptions(of: table, at: path).map(entry))])
        if path.isEmpty {
            page.lists([("Environment", table.environment.map { ($0.name, $0.summary, []) })])
            page.lists([("Exit status", table.exitStatuses.map(entry))])
        }
        page.paragraph(helpHint(title))
    }

    private static let groupUsage = "COMMAND [ARGUMENT...] [OPTION...]"

    private static func helpHint(_ title: String) -> String {
        "Run '\(title) COMMAND --help' for more about a command."
    }

    /// Commands outside groups first, then each group under its summary.
    private static func commandLists(of table: CommandTable) -> [HelpWriter.List] {
        [("Commands", table.commandsOutsideGroups.map(entry))]
            + table.groupWords.map { word in
                let summary = table.summary(at: [word])
                return (summary.isEmpty ? word : summary, table.commands(under: [word]).map(entry))
            }
    }

    // MARK: - Commands

    private static func write(_ command: CommandSpec, of table: CommandTable, to page: inout HelpWriter) {
        let title = "\(table.name) \(command.title)"
        let below = table.commands(under: command.path)
        page.paragraph(command.summary)
        page.section(
            "Usage", lines: ["\(title) \(command.usage)"] + (below.isEmpty ? [] : ["\(title) \(groupUsage)"]))
        page.discussion(command.discussion)
        page.lists([
            ("Commands", below.map(entry)),
            ("Arguments", command.arguments.map { ($0.usage, $0.summary, command.notes(of: $0)) }),
            ("Options", command.options.map { entry($0, notes: command.notes(of: $0)) }),
            ("Global options", globalOptions(of: table, at: command.path).map(entry)),
        ])
        page.examples(command.examples)
        page.lists([("Exit status", command.exitStatuses.map(entry))])
        if !below.isEmpty { page.paragraph(helpHint(title)) }
    }

    // MARK: - Entries

    private static func globalOptions(of table: CommandTable, at path: [String]) -> [OptionSpec] {
        let own = table.command(at: path)?.options.count ?? 0
        return Array(table.options(at: path).dropFirst(own))
    }

    private static func entry(_ command: CommandSpec) -> HelpWriter.Entry {
        (command.title, command.summary, [])
    }

    private static func entry(_ option: OptionSpec) -> HelpWriter.Entry { entry(option, notes: option.notes) }

    private static func entry(_ option: OptionSpec, notes: [String]) -> HelpWriter.Entry {
        let short = option.short.map { "-\($0), " } ?? "    "
        return (short + option.usage, option.summary, notes)
    }

    private static func entry(_ status: ExitStatusSpec) -> HelpWriter.Entry {
        ("\(status.status)", status.meaning, [])
    }
}
