/// The manual page of the program and all its commands, in mdoc.
package enum ManPage {
    /// - Parameter date: the date of the last change in mdoc format: `November 20, 2025`.
    package static func render(_ table: CommandTable, date: String) -> String {
        let body = [
            name(of: table), synopsis(of: table), description(of: table), commands(of: table),
            table.references.flatMap(reference),
            list("ENVIRONMENT", table.environment.map { ("Ev \(Roff.arguments($0.name))", $0.summary) }),
            list("FILES", table.files.map { ("Pa \(Roff.arguments($0.path))", $0.summary) }),
            list("EXIT STATUS", table.exitStatuses.map { ("\($0.status)", $0.meaning) }),
            examples(of: table),
        ]
        let prologue = [".Dd \(date)", ".Dt \(table.name.uppercased()) 1", ".Os"]
        return (prologue + body.flatMap { $0 }).joined(separator: "\n") + "\n"
    }

    // MARK: - Sections

    private static func name(of table: CommandTable) -> [String] {
        [".Sh NAME", ".Nm \(Roff.arguments(table.name))", ".Nd \(lowercasedFirst(Roff.arguments(table.summary)))"]
    }

    private static func synopsis(of table: CommandTable) -> [String] {
        [".Sh SYNOPSIS", ".Nm", ".Ar command", ".Op Ar argument ...", ".Op Ar option ..."]
    }

    private static func description(of table: CommandTable) -> [String] {
        let own = discussion(table.discussion)
        let options = table.options(at: [])
        return [".Sh DESCRIPTION"] + (own.isEmpty ? Roff.text("\(table.summary).") : own)
            + [".Pp"] + Roff.text("These options can be given to every command, before or after its name:")
            + optionList(options)
    }

    private static func commands(of table: CommandTable) -> [String] {
        [".Sh COMMANDS"] + commandList(table.commandsOutsideGroups)
            + table.groupWords.flatMap { word in
                let summary = table.summary(at: [word])
                return [".Ss \(Roff.arguments(word))"] + (summary.isEmpty ? [] : Roff.text("\(summary)."))
                    + commandList(table.commands(under: [word]))
            }
    }

    private static func examples(of table: CommandTable) -> [String] {
        let examples = table.allCommands.flatMap(\.examples)
        guard !examples.isEmpty else { return [] }
        let entries = examples.map { Roff.text("\($0.summary):") + verbatim([$0.command]) }
        return [".Sh EXAMPLES"] + entries.joined(separator: [".Pp"])
    }

    private static func list(_ heading: String, _ entries: [(term: String, meaning: String)]) -> [String] {
        guard !entries.isEmpty else { return [] }
        return [".Sh \(heading)"] + tagged(entries.map { ($0.term, Roff.text("\($0.meaning).")) })
    }

    private static func reference(_ list: ReferenceList) -> [String] {
        [".Sh \(Roff.arguments(list.heading.uppercased()))"] + discussion(list.discussion)
            + tagged(list.entries.map { ("Ic \(Roff.arguments($0.term))", body($0.summary, $0.notes)) })
    }

    // MARK: - Commands and options

    private static func commandList(_ commands: [CommandSpec]) -> [String] {
        guard !commands.isEmpty else { return [] }
        return tagged(commands.map { command in (commandLine(of: command), commandBody(of: command)) })
    }

    /// `preorder create --uid UID BILL ... [option ...]`
    private static func commandLine(of command: CommandSpec) -> String {
        let required = command.options.filter(\.isRequired).map { flag($0) }
        let arguments = command.arguments.map { argument in
            let word = "Ar \(Roff.arguments(argument.name))\(argument.isRepeatable ? " ..." : "")"
            return argument.isOptional ? "Oo \(word) Oc" : word
        }
        let others = command.options.contains { !$0.isRequired } ? ["Oo Ar option ... Oc"] : []
        return (["Ic \(Roff.arguments(command.title))"] + required + arguments + others).joined(separator: " ")
    }

    private static func commandBody(of command: CommandSpec) -> [String] {
        var lines = Roff.text("\(command.summary).")
        let discussion = discussion(command.discussion)
        if !discussion.isEmpty { lines += [".Pp"] + discussion }
        let arguments = command.arguments.map { argument in
            (term: "Ar \(Roff.arguments(argument.name))", body: body(argument.summary, command.notes(of: argument)))
        }
        lines += arguments.isEmpty ? [] : tagged(arguments)
        lines += command.options.isEmpty ? [] : optionList(command.options, notes: command.notes)
        if !command.exitStatuses.isEmpty {
            lines += [".Pp", "Exit status:"]
            lines += tagged(command.exitStatuses.map { ("\($0.status)", Roff.text("\($0.meaning).")) })
        }
        return lines
    }

    private static func optionList(
        _ options: [OptionSpec], notes: (OptionSpec) -> [String] = { $0.notes }
    ) -> [String] {
        let entries = options.map { option in
            let short = option.short.map { "Fl \($0) , " } ?? ""
            return (term: short + flag(option), body: body(option.summary, notes(option)))
        }
        return tagged(entries)
    }

    private static func flag(_ option: OptionSpec) -> String {
        let flag = "Fl \\-\(Roff.arguments(option.name))"
        return option.value.map { "\(flag) Ar \(Roff.arguments($0))" } ?? flag
    }

    private static func body(_ summary: String, _ notes: [String]) -> [String] {
        Roff.text(notes.isEmpty ? "\(summary)." : "\(summary) (\(notes.joined(separator: "; "))).")
    }

    // MARK: - Blocks

    private static func tagged(_ entries: [(term: String, body: [String])]) -> [String] {
        [".Bl -tag -width Ds"] + entries.flatMap { [".It \($0.term)"] + $0.body } + [".El"]
    }

    private static func verbatim(_ lines: [String]) -> [String] {
        [".Bd -literal -offset indent"] + lines.map(Roff.literal) + [".Ed"]
    }

    private static func discussion(_ text: String) -> [String] {
        var lines: [String] = []
        var needsBreak = false
        for part in Prose.parts(of: text) {
            switch part {
            case .paragraph(let text):
                if needsBreak { lines.append(".Pp") }
                lines += Roff.text(text)
            case .verbatim(let kept):
                lines += verbatim(kept)
            }
            needsBreak = true
        }
        return lines
    }

    private static func lowercasedFirst(_ text: String) -> String {
        text.prefix(1).lowercased() + text.dropFirst()
    }
}
