/// Why a command line is invalid.
///
/// The cases contain facts; ``message`` and ``hints(program:)`` render them. `command` is the path of the command or
/// group in which the error occurred. Options are as the user typed them, including dashes.
package enum UsageError: Error, Equatable {
    /// A word that is neither a command nor a group. Suggestions are complete paths, as typed.
    case unknownCommand(String, command: [String], suggestions: [String])
    case unknownOption(String, command: [String], suggestions: [String])
    /// An option without its value. `next` is the option-like word that follows, if there is one.
    case missingValue(option: String, placeholder: String, next: String?, command: [String])
    /// An option of `command` before the name of a subcommand, which does not inherit it.
    case misplacedOption(String, before: String, command: [String])
    /// A flag given a value: `--json=yes`.
    case unexpectedValue(option: String, command: [String])
    /// A non-repeatable option given more than once.
    case repeatedOption(String, command: [String])
    /// Required options that are missing, each with its placeholder: `--uid UID`.
    case missingOption([String], command: [String])
    /// Required arguments that are missing, by name.
    case missingArgument([String], command: [String])
    /// A superfluous argument.
    case unexpectedArgument(String, command: [String])
    /// A value that is refused. The label is the option's or argument's name: `--limit`, `FILE`.
    case invalidValue(_ label: String, text: String, reason: String, hint: String?, command: [String])
    /// Options and arguments that do not go together, or lack others.
    case brokenRule(_ reason: String, hint: String?, command: [String])

    /// The path of the command or group being parsed.
    package var command: [String] {
        switch self {
        case .unknownCommand(_, let command, _), .unknownOption(_, let command, _),
            .missingValue(_, _, _, let command), .misplacedOption(_, _, let command), .unexpectedValue(_, let command),
            .repeatedOption(_, let command), .missingOption(_, let command),
            .missingArgument(_, let command), .unexpectedArgument(_, let command),
            .invalidValue(_, _, _, _, let command), .brokenRule(_, _, let command):
            command
        }
    }

    /// A stable code for scripts.
    package var code: String {
        switch self {
        case .unknownCommand: "unknown_command"
        case .unknownOption: "unknown_option"
        case .missingValue: "missing_value"
        case .misplacedOption: "misplaced_option"
        case .unexpectedValue: "unexpected_value"
        case .repeatedOption: "repeated_option"
        case .missingOption: "missing_option"
        case .missingArgument: "missing_argument"
        case .unexpectedArgument: "unexpected_argument"
        case .invalidValue: "invalid_value"
        case .brokenRule: "broken_rule"
        }
    }

    /// What to do instead, of the option or rule itself; nil where only the help tells.
    package var advice: String? {
        switch self {
        case .invalidValue(_, _, _, let hint, _), .brokenRule(_, let hint, _): hint
        default: nil
        }
    }
}
