/// An option or an argument, as rules name it.
package protocol CommandParameter: Sendable {
    /// Its name as typed: `--limit`, or `FILE` for an argument.
    var label: String { get }
}

/// An option with a value of any type.
package protocol CommandOption: CommandParameter {
    var spec: OptionSpec { get }
}

/// An argument with a value of any type.
package protocol CommandArgument: CommandParameter {
    var spec: ArgumentSpec { get }
}

/// One option: its names, how its value is read, its default, and what help says of it.
///
/// A command declares it in its ``CommandSpec`` and reads it with ``ParsedOptions``' subscript.
package struct Option<Value: Sendable>: CommandOption {
    package let spec: OptionSpec

    package var label: String { spec.label }

    /// Whether it is given.
    package init(flag name: String, short: Character? = nil, summary: String) where Value == Bool {
        spec = OptionSpec(name: name, short: short, value: nil, summary: summary) { texts, _ in !texts.isEmpty }
    }

    /// Nil when not given.
    /// - Parameters:
    ///   - name: the long name, without dashes.
    ///   - short: the one-letter name, an ASCII letter.
    ///   - placeholder: stands for the value in help, such as `UID`.
    ///   - shownDefault: what the reader does without it, for help.
    ///   - environment: the variable shown in help as an alternative, which the reader looks at.
    ///   - summary: one line without a final period.
    package init<Word>(
        _ name: String, short: Character? = nil, _ placeholder: String, _ parser: ValueParser<Word>,
        shownDefault: String? = nil, environment: String? = nil, summary: String
    ) where Value == Word? {
        spec = OptionSpec(
            name: name, short: short, value: placeholder, default: shownDefault, environment: environment,
            completion: parser.completion, range: parser.range, summary: summary
        ) { texts, time in try texts.last.map { try parser.value(of: $0, time) } }
    }

    /// - Parameter standard: the value when not given, as it would be typed.
    package init(
        _ name: String, short: Character? = nil, _ placeholder: String, _ parser: ValueParser<Value>,
        default standard: String, summary: String
    ) {
        spec = OptionSpec(
            name: name, short: short, value: placeholder, default: standard.isEmpty ? nil : standard,
            completion: parser.completion,
            range: parser.range, summary: summary
        ) { texts, time in try parser.value(of: texts.last ?? standard, time) }
    }

    package init(
        required name: String, short: Character? = nil, _ placeholder: String, _ parser: ValueParser<Value>,
        summary: String
    ) {
        spec = OptionSpec(
            name: name, short: short, value: placeholder, isRequired: true, completion: parser.completion,
            range: parser.range, summary: summary
        ) { texts, time in try parser.value(of: texts.last ?? "", time) }
    }

    /// Every value given, in order.
    package init<Word>(
        repeated name: String, short: Character? = nil, _ placeholder: String, _ parser: ValueParser<Word>,
        summary: String
    ) where Value == [Word] {
        spec = OptionSpec(
            name: name, short: short, value: placeholder, isRepeatable: true, completion: parser.completion,
            range: parser.range, summary: summary
        ) { texts, time in try texts.map { try parser.value(of: $0, time) } }
    }
}

/// One positional argument of a command, read like an ``Option``.
package struct Argument<Value: Sendable>: CommandArgument {
    package let spec: ArgumentSpec

    package var label: String { spec.label }

    /// - Parameter name: in capitals, `BILL`.
    package init(_ name: String, _ parser: ValueParser<Value>, summary: String) {
        spec = ArgumentSpec(name: name, completion: parser.completion, range: parser.range, summary: summary) {
            texts, time in
            try parser.value(of: texts.first ?? "", time)
        }
    }

    /// Nil when not given.
    package init<Word>(optional name: String, _ parser: ValueParser<Word>, summary: String) where Value == Word? {
        spec = ArgumentSpec(
            name: name, isOptional: true, completion: parser.completion, range: parser.range, summary: summary
        ) { texts, time in try texts.first.map { try parser.value(of: $0, time) } }
    }

    /// - Parameter standard: the value when not given, as it would be typed.
    package init(_ name: String, _ parser: ValueParser<Value>, default standard: String, summary: String) {
        spec = ArgumentSpec(
            name: name, isOptional: true, default: standard, completion: parser.completion, range: parser.range,
            summary: summary
        ) { texts, time in try parser.value(of: texts.first ?? standard, time) }
    }

    /// All remaining words, in order. Only the last argument can be repeated.
    package init<Word>(
        repeated name: String, _ parser: ValueParser<Word>, isOptional: Bool = false, summary: String
    ) where Value == [Word] {
        spec = ArgumentSpec(
            name: name, isOptional: isOptional, isRepeatable: true, completion: parser.completion,
            range: parser.range, summary: summary
        ) { texts, time in try texts.map { try parser.value(of: $0, time) } }
    }
}
