/// One command: what it is called, what it takes, what it does.
package struct CommandSpec: Sendable, Equatable {
    /// The words that select it, after the program's name: `["preorder", "create"]`.
    ///
    /// A command without arguments, or with optional ones that are not repeatable, can have others below it: `["serve"]`
    /// and `["serve", "status"]`. Their names win over an argument of the same spelling.
    package var path: [String]
    /// One line without a final period.
    package var summary: String
    /// Paragraphs separated by blank lines; indented lines are kept as they are.
    package var discussion: String
    package var arguments: [ArgumentSpec]
    package var options: [OptionSpec]
    package var examples: [ExampleSpec]
    /// The statuses that mean something particular here; the table has the common ones.
    package var exitStatuses: [ExitStatusSpec]

    package init(
        path: [String], summary: String, discussion: String = "", arguments: [ArgumentSpec] = [],
        options: [OptionSpec] = [], examples: [ExampleSpec] = [], exitStatuses: [ExitStatusSpec] = []
    ) {
        self.path = path
        self.summary = summary
        self.discussion = discussion
        self.arguments = arguments
        self.options = options
        self.examples = examples
        self.exitStatuses = exitStatuses
    }

    /// The path as it is typed: `preorder create`.
    package var title: String { path.joined(separator: " ") }

    /// What follows the path in a usage line: required options, arguments, and `[OPTION...]` if there are others.
    var usage: String {
        var parts = options.filter(\.isRequired).map(\.usage) + arguments.map(\.usage)
        if options.contains(where: { !$0.isRequired }) { parts.append("[OPTION...]") }
        return parts.joined(separator: " ")
    }
}

/// A command line worth showing.
package struct ExampleSpec: Sendable, Equatable {
    /// The whole line, the program's name included; pipes and redirections are fine.
    package var command: String
    /// What it does, one line without a final period.
    package var summary: String

    package init(command: String, summary: String) {
        self.command = command
        self.summary = summary
    }
}

/// What an exit status means.
package struct ExitStatusSpec: Sendable, Equatable {
    package var status: Int32
    package var meaning: String

    package init(status: Int32, meaning: String) {
        self.status = status
        self.meaning = meaning
    }
}

/// Words that several commands share and that are no command themselves: `task`.
package struct GroupSpec: Sendable, Equatable {
    /// The words that select it, as they are typed.
    package var name: String
    /// One line without a final period.
    package var summary: String

    package init(name: String, summary: String) {
        self.name = name
        self.summary = summary
    }
}

/// An environment variable that the program reads.
package struct EnvironmentSpec: Sendable, Equatable {
    package var name: String
    package var summary: String

    package init(name: String, summary: String) {
        self.name = name
        self.summary = summary
    }
}

/// A file that the program reads or writes on its own account.
package struct FileSpec: Sendable, Equatable {
    package var path: String
    package var summary: String

    package init(path: String, summary: String) {
        self.path = path
        self.summary = summary
    }
}
