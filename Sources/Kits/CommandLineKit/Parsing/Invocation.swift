/// The result of parsing a command line.
package enum Invocation: Sendable {
    /// A command whose options, arguments and rules are all right.
    case run(CommandSpec, ParsedOptions)
    /// Help for a command or a group; for the program if the path is empty.
    case help(path: [String])
    case version
}

/// The options and arguments given to a command, read and checked.
///
/// Requesting what the command does not declare is a programming error and traps; no input can cause it.
package struct ParsedOptions: Sendable {
    /// What times in them were relative to.
    package let time: TimeReference
    /// By label.
    private let values: [String: any Sendable]
    /// The texts of what is given, by label.
    let texts: [String: [String]]

    /// - Parameter given: the texts of each label, in the order given.
    /// - Throws: ``UsageError`` for a value that is refused, or the parser's own error.
    init(
        options: [OptionSpec], arguments: [ArgumentSpec], given: [String: [String]], time: TimeReference,
        command: [String]
    ) throws {
        let parameters = arguments.map { ($0.label, $0.read) } + options.map { ($0.label, $0.read) }
        var values: [String: any Sendable] = [:]
        for (label, read) in parameters {
            do {
                values[label] = try read(given[label] ?? [], time)
            } catch let refused as RefusedText {
                throw UsageError.invalidValue(
                    label, text: refused.text, reason: refused.error.reason, hint: refused.error.hint,
                    command: command)
            }
        }
        self.values = values
        self.time = time
        texts = given
    }

    package subscript<Value>(_ option: Option<Value>) -> Value { value(option.label) }

    package subscript<Value>(_ argument: Argument<Value>) -> Value { value(argument.label) }

    /// Whether it is on the command line; false for an option that the command does not have.
    package func isGiven(_ parameter: any CommandParameter) -> Bool { texts[parameter.label] != nil }

    /// The text given for an option, the last one if repeated; nil when it is not given.
    package func text(_ option: OptionSpec) -> String? { texts[option.label]?.last }

    /// Throws ``UsageError`` if a rule is broken.
    func check(_ rules: [OptionRule], command: [String]) throws(UsageError) {
        for rule in rules {
            if let flaw = rule.flaw(Set(texts.keys)) {
                throw .brokenRule(flaw.reason, hint: flaw.hint, command: command)
            }
        }
    }

    private func value<Value>(_ label: String) -> Value {
        // Cast in two steps: no value at all is not an optional value that is nil.
        guard let stored = values[label], let value = stored as? Value else {
            preconditionFailure("the command declares no \(label) of \(Value.self)")
        }
        return value
    }
}
