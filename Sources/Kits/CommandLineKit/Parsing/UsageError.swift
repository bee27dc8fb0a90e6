/// Why a command line cannot be understood.
///
/// The cases carry facts; ``message`` and ``hints(program:)`` make the prose. `command` is the path of the command
/// or group in whose scope the mistake was found. Options are as the user spelled them, dashes included.
package enum UsageError: Error, Equatable {
    /// A word that is neither a command nor a group. Suggestions are whole paths, as they are typed.
    case unknownCommand(String, command: [String], suggestions: [String])
    case unknownOption(String, command: [String], suggestions: [String])
    /// An option without its value. `next` is the option-like word that follows, if there is one.
    case missingValue(option: String, placeholder: String, next: String?, command: [String])
    /// An option of the command `command` before the word of a command below it, which does not take it from there.
    case misplacedOption(String, before: String, command: [String])
    /// A flag given a value: `--json=yes`.
    case unexpectedValue(option: String, command: [String])
    /// An option that is not repeatable, given again.
    case repeatedOption(String, command: [String])
    /// Required options that are missing, each with its placeholder: `--uid UID`.
    case missingOption([String], command: [String])
    /// Required arguments that are missing, by name.
    case missingArgument([String], command: [String])
    /// A word more than the command takes.
    case unexpectedArgument(String, command: [String])

    /// The path of the command or group that was being read.
    package var command: [String] {
        switch self {
        case .unknownCommand(_, let command, _), .unknownOption(_, let command, _),
            .missingValue(_, _, _, let command), .misplacedOption(_, _, let command), .unexpectedValue(_, let command),
            .repeatedOption(_, let command), .missingOption(_, let command),
            .missingArgument(_, let command), .unexpectedArgument(_, let command):
            command
        }
    }

    /// A stable word for scripts.
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
        }
    }
}
