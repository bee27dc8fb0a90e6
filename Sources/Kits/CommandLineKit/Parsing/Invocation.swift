/// The result of parsing a command line.
package enum Invocation: Sendable {
    case run(CommandSpec, ParsedOptions)
    /// Help for a command or a group; for the program if the path is empty.
    case help(path: [String])
    case version
}

/// The options and arguments given to a command.
///
/// Requesting an undeclared name, or the value of a flag, is a programming error and traps; no input can cause it.
package struct ParsedOptions: Sendable {
    private let optionSpecs: [OptionSpec]
    private let argumentSpecs: [ArgumentSpec]
    /// By long name, in the order given; a flag has an empty string for each occurrence.
    private let given: [String: [String]]
    private let words: [String]

    init(options: [OptionSpec], arguments: [ArgumentSpec], given: [String: [String]], words: [String]) {
        optionSpecs = options
        argumentSpecs = arguments
        self.given = given
        self.words = words
    }

    /// Whether the command has an option with this name.
    package func declares(_ option: String) -> Bool { optionSpecs.contains { $0.name == option } }

    /// The value of an option, the last one if repeated; nil if not given.
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

    /// The value of an argument, the first one if repeatable; nil if optional and not given.
    package func argument(_ name: String) -> String? { arguments(name).first }

    /// The values of a repeatable argument, in the order given.
    package func arguments(_ name: String) -> [String] {
        guard let index = argumentSpecs.firstIndex(where: { $0.name == name }) else {
            preconditionFailure("no argument '\(name)'")
        }
        let rest = words.dropFirst(index)
        return Array(argumentSpecs[index].isRepeatable ? rest : rest.prefix(1))
    }
}
