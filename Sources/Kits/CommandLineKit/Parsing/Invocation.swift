/// What a command line asks for.
package enum Invocation: Sendable {
    case run(CommandSpec, ParsedOptions)
    /// Help for a command, for a group, or, with an empty path, for the program.
    case help(path: [String])
    case version
}

/// The options and arguments a user gave to one command.
///
/// Asking for a name that the command does not declare, or for a flag as if it had a value, is a mistake in the
/// program, which no input can cause; so it traps, and the first run of the command shows it.
package struct ParsedOptions: Sendable {
    private let optionSpecs: [OptionSpec]
    private let argumentSpecs: [ArgumentSpec]
    /// By long name, in the order given; a flag has an empty text for each time.
    private let given: [String: [String]]
    private let words: [String]

    init(options: [OptionSpec], arguments: [ArgumentSpec], given: [String: [String]], words: [String]) {
        optionSpecs = options
        argumentSpecs = arguments
        self.given = given
        self.words = words
    }

    /// Whether the command has an option of that name.
    package func declares(_ option: String) -> Bool { optionSpecs.contains { $0.name == option } }

    /// The value of an option, the last one if it was repeated; nil if it was not given.
    package func value(_ option: String) -> String? { values(option).last }

    /// The values of a repeatable option, in the order given.
    package func values(_ option: String) -> [String] {
        precondition(optionSpecs.contains { $0.name == option && !$0.isFlag }, "no option '\(option)' with a value")
        return given[option] ?? []
    }

    /// Whether a flag was given.
    package func isSet(_ flag: String) -> Bool {
        precondition(optionSpecs.contains { $0.name == flag && $0.isFlag }, "no flag '\(flag)'")
        return given[flag] != nil
    }

    /// The argument's word, the first one if it is repeatable; nil if it is optional and was not given.
    package func argument(_ name: String) -> String? { arguments(name).first }

    /// The words of a repeatable argument, in the order given.
    package func arguments(_ name: String) -> [String] {
        guard let index = argumentSpecs.firstIndex(where: { $0.name == name }) else {
            preconditionFailure("no argument '\(name)'")
        }
        let rest = words.dropFirst(index)
        return Array(argumentSpecs[index].isRepeatable ? rest : rest.prefix(1))
    }
}
