/// Shell completion scripts for the program's command line.
///
/// They complete commands, options, enumerated values, files and directories without running the program.
package enum CompletionScript {
    package enum Shell: String, Sendable, CaseIterable {
        case bash, zsh, fish
    }

    package static func render(_ table: CommandTable, for shell: Shell) -> String {
        switch shell {
        case .bash: BashCompletion(table: table).script
        case .zsh: ZshCompletion(table: table).script
        case .fish: FishCompletion(table: table).script
        }
    }

    /// `text` quoted as one word of a POSIX shell, including bash and zsh.
    static func quoted(_ text: String) -> String {
        "'\(text.unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }.joined())'"
    }

    /// `words` as an identifier for function names.
    static func identifier(_ words: [String]) -> String {
        "_" + words.joined(separator: "_").map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    }

    /// `text` with a backslash before each of the characters. They are matched as scalars, because a `Character` merges
    /// a quote with combining marks.
    static func escaping(_ characters: String, in text: String) -> String {
        let special = characters.unicodeScalars
        return text.unicodeScalars.map { special.contains($0) ? "\\\($0)" : String($0) }.joined()
    }
}

/// A position on the command line: what the words so far select, and what can follow.
struct CompletionPlace {
    /// The words so far.
    var path: [String]
    /// Possible next words; empty at a command without subcommands, where its arguments follow.
    var words: [(name: String, summary: String)]
    var options: [OptionSpec]
    var arguments: [ArgumentSpec]
}

extension CommandTable {
    /// Every group and every command, and the same groups again after `help`.
    var completionPlaces: [CompletionPlace] {
        let groups = groupPaths.map { place($0, words: $0) }
        let commands = allCommands.filter { !groupPaths.contains($0.path) }.map { place($0.path, words: $0.path) }
        guard builtInCommands.contains(where: { $0.path == ["help"] }) else { return groups + commands }
        let helped = groupPaths.map { place(["help"] + $0, words: $0) }
        return groups + commands.filter { $0.path != ["help"] } + helped
    }

    private func place(_ path: [String], words parent: [String]) -> CompletionPlace {
        CompletionPlace(
            path: path,
            words: children(of: parent).map { ($0, summary(at: parent + [$0])) },
            options: options(at: path),
            arguments: command(at: path)?.arguments ?? [])
    }
}
