extension UsageError {
    /// The error in one line without a final period, safe to print.
    package var message: String {
        switch self {
        case .unknownCommand(let word, _, _): "unknown command \(quoted(word))"
        case .unknownOption(let option, _, _): "unknown option \(quoted(option))"
        case .missingValue(let option, let placeholder, _, _): "option \(quoted(option)) needs a value: \(placeholder)"
        case .misplacedOption(let option, let word, let command):
            "option \(quoted(option)) is for '\(command.joined(separator: " "))' alone and cannot come before '\(word)'"
        case .unexpectedValue(let option, _): "option \(quoted(option)) takes no value"
        case .repeatedOption(let option, _): "option \(quoted(option)) can be given only once"
        case .missingOption(let options, _):
            "missing required option\(options.count == 1 ? "" : "s") \(options.map(quoted).joined(separator: ", "))"
        case .missingArgument(let names, _):
            "missing argument\(names.count == 1 ? "" : "s") \(names.joined(separator: " "))"
        case .unexpectedArgument(let word, _): "unexpected argument \(quoted(word))"
        case .invalidValue(let label, let text, let reason, _, _): "\(label) \(quoted(text)): \(escaped(reason))"
        case .brokenRule(let reason, _, _): reason
        }
    }

    /// Hints, one line each, safe to print; the last one refers to the help.
    package func hints(program: String) -> [String] {
        let title = ([program] + command).joined(separator: " ")
        var hints: [String] = []
        switch self {
        case .unknownOption(let option, _, let suggestions) where suggestions == [option]:
            hints.append("\(quoted(option)) goes after '\(title)'")
        case .unknownCommand(_, _, let suggestions):
            hints += didYouMean(suggestions.map { "\(program) \($0)" })
        case .unknownOption(_, _, let suggestions):
            hints += didYouMean(suggestions)
        case .missingValue(let option, _, let next?, _) where option.utf8.starts(with: "--".utf8):
            hints.append("for a value that begins with a dash, write \(quoted("\(option)=\(next)"))")
        default:
            hints += advice.map { [$0] } ?? []
        }
        hints.append("try '\(title) --help'")
        return hints
    }

    /// The complete text for standard error: the program's name and the message, then one line per hint.
    package func text(program: String) -> TerminalText {
        let hints: [TerminalText] = hints(program: program).map { "  \($0)\n" }
        return "\(program): \(message)\n" + hints.joined()
    }
}

/// The user's word in quotes, escaped and truncated to fit a line.
private func quoted(_ word: String) -> String {
    "'\(TerminalText.truncated(TerminalText.escaped(word), to: 60))'"
}

/// A reason may quote a part of the value.
private func escaped(_ reason: String) -> String { TerminalText.truncated(TerminalText.escaped(reason), to: 400) }

private func didYouMean(_ suggestions: [String]) -> [String] {
    let choices = suggestions.map { "'\($0)'" }
    switch choices.count {
    case 0: return []
    case 1: return ["did you mean \(choices[0])?"]
    default:
        return ["did you mean \(choices.dropLast().joined(separator: ", ")) or \(choices[choices.count - 1])?"]
    }
}
