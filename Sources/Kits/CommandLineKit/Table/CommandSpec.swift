/// One command: its name, parameters and documentation.
package struct CommandSpec: Sendable {
    /// The words that select it, after the program's name: `["preorder", "create"]`.
    ///
    /// A command without arguments, or with optional, non-repeatable ones, can have subcommands: `["serve"]` and
    /// `["serve", "status"]`. Their names take precedence over an argument with the same spelling.
    package var path: [String]
    /// One line without a final period.
    package var summary: String
    /// Paragraphs separated by blank lines; indented lines are verbatim.
    @Deferred package var discussion: String
    @Deferred package var arguments: [ArgumentSpec]
    @Deferred package var options: [OptionSpec]
    /// Which of them go together.
    @Deferred package var rules: [OptionRule]
    /// Checks what needs code, after the rules. It opens, makes and sends nothing.
    package var check: @Sendable (ParsedOptions) throws -> Void
    @Deferred package var examples: [ExampleSpec]
    /// Exit statuses specific to this command; the table has the common ones.
    @Deferred package var exitStatuses: [ExitStatusSpec]

    package init(
        path: [String], summary: String, discussion: @autoclosure @escaping @Sendable () -> String = "",
        arguments: @autoclosure @escaping @Sendable () -> [any CommandArgument] = [],
        options: @autoclosure @escaping @Sendable () -> [any CommandOption] = [],
        rules: @autoclosure @escaping @Sendable () -> [OptionRule] = [],
        check: @escaping @Sendable (ParsedOptions) throws -> Void = { _ in },
        examples: @autoclosure @escaping @Sendable () -> [ExampleSpec] = [],
        exitStatuses: @autoclosure @escaping @Sendable () -> [ExitStatusSpec] = []
    ) {
        self.path = path
        self.summary = summary
        _discussion = Deferred(make: discussion)
        _arguments = Deferred { arguments().map { $0.spec } }
        _options = Deferred { options().map { $0.spec } }
        _rules = Deferred(make: rules)
        self.check = check
        _examples = Deferred(make: examples)
        _exitStatuses = Deferred(make: exitStatuses)
    }

    /// The path as typed: `preorder create`.
    package var title: String { path.joined(separator: " ") }

    /// The part of a usage line after the path: required options, arguments, and `[OPTION...]` if there are other
    /// options.
    var usage: String {
        var parts = options.filter(\.isRequired).map(\.usage) + arguments.map(\.usage)
        if options.contains(where: { !$0.isRequired }) { parts.append("[OPTION...]") }
        return parts.joined(separator: " ")
    }
}

/// A value made when it is read: a run reads those of one command, and the program has many.
@propertyWrapper package struct Deferred<Value: Sendable>: Sendable {
    private var make: @Sendable () -> Value

    package init(make: @escaping @Sendable () -> Value) { self.make = make }

    package var wrappedValue: Value {
        get { make() }
        set { make = { newValue } }
    }
}

/// An example command line.
package struct ExampleSpec: Sendable, Equatable {
    /// The complete line, including the program's name; pipes and redirections are allowed.
    package var command: String
    /// What it does, one line without a final period.
    package var summary: String

    package init(command: String, summary: String) {
        self.command = command
        self.summary = summary
    }
}

/// The meaning of an exit status.
package struct ExitStatusSpec: Sendable, Equatable {
    package var status: Int32
    package var meaning: String

    package init(status: Int32, meaning: String) {
        self.status = status
        self.meaning = meaning
    }
}

/// A word shared by several commands that is not a command itself: `task`.
package struct GroupSpec: Sendable, Equatable {
    /// The name, as typed.
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

/// A file that the program reads or writes by default.
package struct FileSpec: Sendable, Equatable {
    package var path: String
    package var summary: String

    package init(path: String, summary: String) {
        self.path = path
        self.summary = summary
    }
}

/// A list of the manual page besides commands and options.
package struct ReferenceList: Sendable, Equatable {
    /// In small letters: `settings`.
    package var heading: String
    /// Paragraphs before the entries.
    package var discussion: String
    package var entries: [Entry]

    package struct Entry: Sendable, Equatable {
        package var term: String
        /// One line without a final period.
        package var summary: String
        /// In brackets after the summary.
        package var notes: [String]

        package init(term: String, summary: String, notes: [String] = []) {
            self.term = term
            self.summary = summary
            self.notes = notes
        }
    }

    package init(heading: String, discussion: String = "", entries: [Entry]) {
        self.heading = heading
        self.discussion = discussion
        self.entries = entries
    }
}
