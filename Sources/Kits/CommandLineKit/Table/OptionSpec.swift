/// What a shell may offer for a value that is being typed.
package enum Completion: Sendable, Equatable {
    case none
    case file
    case directory
    /// A closed list. The values are offered, not enforced: whoever reads the value judges it.
    case values([String])
}

/// One option of a command, or of all commands.
package struct OptionSpec: Sendable, Equatable {
    /// The long name, without dashes.
    package var name: String
    /// The one-letter name, an ASCII letter.
    package var short: Character?
    /// The placeholder of the value in help, such as `UID`; nil makes the option a flag.
    package var value: String?
    /// The value that holds when the option is not given. It is shown; whoever reads the option applies it.
    package var `default`: String?
    /// The environment variable that stands in for the option. It is shown; whoever reads the option consults it.
    package var environment: String?
    /// Whether the command cannot go without it. With an ``environment`` variable, parsing does not enforce this.
    package var isRequired: Bool
    package var isRepeatable: Bool
    package var completion: Completion
    /// One line without a final period.
    package var summary: String

    package init(
        name: String, short: Character? = nil, value: String? = nil, default: String? = nil,
        environment: String? = nil, isRequired: Bool = false, isRepeatable: Bool = false,
        completion: Completion = .none, summary: String
    ) {
        self.name = name
        self.short = short
        self.value = value
        self.default = `default`
        self.environment = environment
        self.isRequired = isRequired
        self.isRepeatable = isRepeatable
        self.completion = completion
        self.summary = summary
    }

    package var isFlag: Bool { value == nil }

    /// The spellings a user may type, the short one first: `["-s", "--status"]`.
    var spellings: [String] {
        (short.map { ["-\($0)"] } ?? []) + ["--\(name)"]
    }

    /// The long spelling with its placeholder: `--status STATUS`.
    var usage: String {
        value.map { "--\(name) \($0)" } ?? "--\(name)"
    }
}

/// One positional argument of a command.
package struct ArgumentSpec: Sendable, Equatable {
    /// The name in help and in ``ParsedOptions/argument(_:)``, in capitals: `BILL`.
    package var name: String
    package var isOptional: Bool
    /// Whether it takes all remaining words. Only the last argument can be repeatable.
    package var isRepeatable: Bool
    package var completion: Completion
    /// One line without a final period.
    package var summary: String

    package init(
        name: String, isOptional: Bool = false, isRepeatable: Bool = false,
        completion: Completion = .none, summary: String
    ) {
        self.name = name
        self.isOptional = isOptional
        self.isRepeatable = isRepeatable
        self.completion = completion
        self.summary = summary
    }

    /// As a usage line shows it: `BILL`, `[BILL]`, `BILL...` or `[BILL...]`.
    var usage: String {
        let word = isRepeatable ? "\(name)..." : name
        return isOptional ? "[\(word)]" : word
    }
}
