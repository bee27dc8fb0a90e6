/// How a shell completes a value.
package enum Completion: Sendable, Equatable {
    case none
    case file
    case directory
    /// Enumerated values. They are offered, not enforced; the command validates the value.
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
    /// The default shown in help; the command applies it.
    package var `default`: String?
    /// The environment variable shown in help as an alternative; the command reads it.
    package var environment: String?
    /// Whether the option is required. With an ``environment`` variable, parsing does not enforce this.
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

    /// The accepted spellings, the short one first: `["-s", "--status"]`.
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

    /// The form in a usage line: `BILL`, `[BILL]`, `BILL...` or `[BILL...]`.
    var usage: String {
        let word = isRepeatable ? "\(name)..." : name
        return isOptional ? "[\(word)]" : word
    }
}
