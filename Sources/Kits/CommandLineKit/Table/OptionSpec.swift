/// How a shell completes a value.
package enum Completion: Sendable, Equatable {
    case none
    case file
    case directory
    /// Enumerated values.
    case values([String])
}

/// Reads the texts given for an option or an argument; without any, its default.
typealias ValueReader = @Sendable ([String], TimeReference) throws -> any Sendable

/// An ``Option`` without the type of its value: what parsing, help and completions need.
package struct OptionSpec: Sendable {
    /// The long name, without dashes.
    package var name: String
    /// The one-letter name, an ASCII letter.
    package var short: Character?
    /// The placeholder of the value in help, such as `UID`; nil makes the option a flag.
    package var value: String?
    /// The default shown in help.
    package var `default`: String?
    /// The environment variable shown in help as an alternative.
    package var environment: String?
    package var isRequired: Bool
    package var isRepeatable: Bool
    package var completion: Completion
    /// The accepted range, for help: `1 to 100`.
    package var range: String?
    /// One line without a final period.
    package var summary: String
    var read: ValueReader

    init(
        name: String, short: Character?, value: String?, default: String? = nil, environment: String? = nil,
        isRequired: Bool = false, isRepeatable: Bool = false, completion: Completion = .none, range: String? = nil,
        summary: String, read: @escaping ValueReader
    ) {
        self.name = name
        self.short = short
        self.value = value
        self.default = `default`
        self.environment = environment
        self.isRequired = isRequired
        self.isRepeatable = isRepeatable
        self.completion = completion
        self.range = range
        self.summary = summary
        self.read = read
    }

    package var isFlag: Bool { value == nil }

    /// The long name as typed.
    package var label: String { "--\(name)" }

    /// The accepted spellings, the short one first: `["-s", "--status"]`.
    var spellings: [String] {
        (short.map { ["-\($0)"] } ?? []) + [label]
    }

    /// The long spelling with its placeholder: `--status STATUS`.
    var usage: String { value.map { "\(label) \($0)" } ?? label }
}

/// An ``Argument`` without the type of its value.
package struct ArgumentSpec: Sendable {
    /// The name in help, in capitals: `BILL`.
    package var name: String
    package var isOptional = false
    /// Whether it takes all remaining words. Only the last argument can be repeatable.
    package var isRepeatable = false
    /// The default shown in help.
    package var `default`: String?
    package var completion = Completion.none
    /// The accepted range, for help: `1 to 100`.
    package var range: String?
    /// One line without a final period.
    package var summary: String
    var read: ValueReader

    package var label: String { name }

    /// The form in a usage line: `BILL`, `[BILL]`, `BILL...` or `[BILL...]`.
    var usage: String {
        let word = isRepeatable ? "\(name)..." : name
        return isOptional ? "[\(word)]" : word
    }
}
