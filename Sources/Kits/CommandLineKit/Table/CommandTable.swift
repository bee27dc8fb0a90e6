/// The complete description of a program's command line.
///
/// Parsing, help, the man page, completions and the Markdown reference are all derived from it. Every table has the
/// commands `help` and `version` unless it declares its own.
package struct CommandTable: Sendable {
    /// The program's name, as typed.
    package var name: String
    /// One line without a final period.
    package var summary: String
    package var version: String
    /// Paragraphs separated by blank lines; indented lines are verbatim.
    package var discussion: String
    package var groups: [GroupSpec]
    /// Options of every command, accepted before or after its name.
    package var globalOptions: [OptionSpec]
    package var commands: [CommandSpec]
    package var exitStatuses: [ExitStatusSpec]
    @Deferred package var environment: [EnvironmentSpec]
    package var files: [FileSpec]
    /// Further lists of the manual page.
    @Deferred package var references: [ReferenceList]

    package init(
        name: String, summary: String, version: String, discussion: String = "", groups: [GroupSpec] = [],
        globalOptions: [any CommandOption] = [], commands: [CommandSpec], exitStatuses: [ExitStatusSpec] = [],
        environment: @autoclosure @escaping @Sendable () -> [EnvironmentSpec] = [], files: [FileSpec] = [],
        references: @autoclosure @escaping @Sendable () -> [ReferenceList] = []
    ) {
        self.name = name
        self.summary = summary
        self.version = version
        self.discussion = discussion
        self.groups = groups
        self.globalOptions = globalOptions.map(\.spec)
        self.commands = commands
        self.exitStatuses = exitStatuses
        _environment = Deferred(make: environment)
        self.files = files
        _references = Deferred(make: references)
    }

    /// Parses a command line: reads every value, then checks the rules of the command.
    ///
    /// - Parameters:
    ///   - arguments: the words after the program's name.
    ///   - time: what times among them are relative to.
    /// - Throws: ``UsageError``, or the error of a value's parser or of the command's check.
    package func parse(_ arguments: [String], at time: TimeReference) throws -> Invocation {
        var parser = CommandParser(table: self, arguments: arguments, time: time)
        return try parser.parse()
    }
}

// MARK: - Built-in words

extension CommandTable {
    static let helpOption = Option(flag: "help", short: "h", summary: "Show help").spec
    static let versionOption = Option(flag: "version", summary: "Show the version").spec
    static let helpPath = ["help"]

    private static let helpCommand = CommandSpec(
        path: helpPath, summary: "Show help for a command",
        arguments: [Argument(repeated: "COMMAND", .text, isOptional: true, summary: "The command's words")])
    private static let versionCommand = CommandSpec(path: ["version"], summary: "Show the version")

    /// `help` and `version`, unless the table declares them.
    var builtInCommands: [CommandSpec] {
        [Self.helpCommand, Self.versionCommand].filter { builtIn in
            !commands.contains { $0.path == builtIn.path }
        }
    }

    /// The declared commands, then the built-in ones.
    package var allCommands: [CommandSpec] { commands + builtInCommands }
}

// MARK: - Lookup

extension CommandTable {
    /// The command with exactly this path.
    package func command(at path: [String]) -> CommandSpec? {
        allCommands.first { $0.path == path }
    }

    /// Every option accepted at `path`: the command's own, the global ones, and `--help`.
    func options(at path: [String]) -> [OptionSpec] {
        let own = command(at: path)?.options ?? []
        let builtIn = path.isEmpty ? [Self.helpOption, Self.versionOption] : [Self.helpOption]
        return own + globalOptions + builtIn
    }

    /// The words that can follow `path`, in table order, without duplicates.
    func children(of path: [String]) -> [String] {
        var seen: Set<String> = []
        return commands(under: path).map { $0.path[path.count] }.filter { seen.insert($0).inserted }
    }

    /// The commands whose path is longer than `path` and begins with it.
    func commands(under path: [String]) -> [CommandSpec] {
        allCommands.filter { $0.path.count > path.count && $0.path.starts(with: path) }
    }

    func group(at path: [String]) -> GroupSpec? {
        let name = path.joined(separator: " ")
        return groups.first { $0.name == name }
    }

    /// The summary of the command or group at `path`, for lists of words.
    func summary(at path: [String]) -> String {
        command(at: path)?.summary ?? group(at: path)?.summary ?? ""
    }

    /// The commands whose first word is a command, with their subcommands, in table order.
    var commandsOutsideGroups: [CommandSpec] {
        allCommands.filter { command in command.path.first.map { self.command(at: [$0]) != nil } ?? false }
    }

    /// The first words that are not commands, in table order.
    var groupWords: [String] { children(of: []).filter { command(at: [$0]) == nil } }

    /// The root and every proper prefix of a command's path, shorter ones first; some are commands themselves.
    var groupPaths: [[String]] {
        var seen: Set<[String]> = []
        let prefixes = allCommands.flatMap { command in
            command.path.indices.map { Array(command.path[..<$0]) }
        }
        return prefixes.filter { seen.insert($0).inserted }.sorted { $0.count < $1.count }
    }
}
