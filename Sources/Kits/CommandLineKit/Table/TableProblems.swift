import WorldKit

extension CommandTable {
    /// The defects of the table, one line each; empty for a valid one. For tests.
    package func problems() -> [String] {
        let own = commands.flatMap { command -> [String] in
            let named = command.optionProblems + command.argumentProblems + ruleProblems(of: command)
            return named.map { "\(command.title): \($0)" } + clashes(of: command) + exampleProblems(of: command)
        }
        return pathProblems + groupProblems + globalProblems + summaryProblems + own
    }

    private var pathProblems: [String] {
        let duplicates = repeated(commands.map(\.title)).map { "\($0): declared twice" }
        let empty = commands.contains { $0.path.isEmpty } ? ["a command has no path"] : []
        let malformed = commands.filter { !$0.path.allSatisfy(isPlainName) }.map { "\($0.title): not a plain name" }
        let covered = allCommands.filter { command in
            command.arguments.contains { !$0.isOptional || $0.isRepeatable } && !commands(under: command.path).isEmpty
        }.map { "\($0.title): takes arguments, so it cannot have subcommands" }
        return duplicates + empty + malformed + covered
    }

    private var groupProblems: [String] {
        let paths = groupPaths.filter { !$0.isEmpty }.map { $0.joined(separator: " ") }
        let names = groups.map(\.name)
        return repeated(names).map { "group \($0): declared twice" }
            + names.filter { !paths.contains($0) }.map { "group \($0): has no commands" }
            + names.filter { name in commands.contains { $0.title == name } }
            .map { "group \($0): is a command, which has its own summary" }
            + paths.filter { path in !names.contains(path) && !commands.contains { $0.title == path } }
            .map { "group \($0): has no summary" }
    }

    private var globalProblems: [String] {
        var global = CommandSpec(path: [], summary: "")
        global.options = globalOptions + [Self.helpOption, Self.versionOption]
        return global.optionProblems.map { "global options: \($0)" }
            + globalOptions.filter(\.isRequired).map { "global options: --\($0.name) cannot be required" }
    }

    private var summaryProblems: [String] {
        var lines: [SummaryLine] = [(name, summary)]
        lines += groups.map { ("group \($0.name)", $0.summary) }
        lines += globalOptions.map { ("--\($0.name)", $0.summary) }
        lines += environment.map { ($0.name, $0.summary) }
        lines += files.map { ($0.path, $0.summary) }
        lines += exitStatuses.map { ("exit status \($0.status)", $0.meaning) }
        lines += commands.flatMap(\.summaryLines)
        return lines.compactMap { line -> String? in
            if line.text.isEmpty { return "\(line.subject): no summary" }
            if line.text.hasSuffix(".") { return "\(line.subject): its summary ends in a period" }
            return line.text.contains(where: \.isNewline) ? "\(line.subject): its summary has several lines" : nil
        }
    }

    /// Names of a command's options that clash with a global or built-in option.
    private func clashes(of command: CommandSpec) -> [String] {
        let others = Set((globalOptions + [Self.helpOption]).flatMap(\.spellings))
        return command.options.flatMap(\.spellings).filter(others.contains)
            .map { "\(command.title): \($0) is a global option too" }
    }

    /// Labels in rules that the command does not have.
    private func ruleProblems(of command: CommandSpec) -> [String] {
        let known = command.arguments.map(\.label) + (command.options + globalOptions).map(\.label)
        return command.rules.flatMap { rule in
            rule.names.filter { !known.contains($0) }.map { "a rule names \($0), which is not declared" }
                + repeated(rule.names).map { "a rule names \($0) twice" }
        }
    }

    private func exampleProblems(of command: CommandSpec) -> [String] {
        command.examples.flatMap { example -> [String] in
            let subject = "\(command.title): example '\(example.command)'"
            let runs = example.arguments(of: name)
            var problems: [String] = []
            var isOwn = false
            for arguments in runs {
                do {
                    if case .run(let parsed, _) = try parse(arguments, at: .some) {
                        isOwn = isOwn || parsed.path == command.path
                    }
                } catch UsageError.invalidValue(_, let text, _, _, let path) where text.hasPrefix("$") {
                    // A variable of the shell stands for a value.
                    isOwn = isOwn || path == command.path
                } catch let error as UsageError {
                    problems.append("\(subject): \(error.message)")
                } catch {
                    problems.append("\(subject): \(error)")
                }
            }
            return problems.isEmpty && !isOwn ? ["\(subject): does not run the command"] : problems
        }
    }
}

// MARK: - One command

/// A summary and its subject.
private typealias SummaryLine = (subject: String, text: String)

extension CommandSpec {
    fileprivate var summaryLines: [SummaryLine] {
        var lines: [SummaryLine] = [(title, summary)]
        lines += options.map { ("\(title) --\($0.name)", $0.summary) }
        lines += arguments.map { ("\(title) \($0.name)", $0.summary) }
        lines += examples.map { ("\(title): example '\($0.command)'", $0.summary) }
        lines += exitStatuses.map { ("\(title): exit status \($0.status)", $0.meaning) }
        return lines
    }

    fileprivate var optionProblems: [String] {
        let duplicates = repeated(options.flatMap(\.spellings)).map { "\($0) is declared twice" }
        return duplicates
            + options.flatMap { option -> [String] in
                var problems: [String] = []
                if !isPlainName(option.name) { problems.append("--\(option.name) is not a plain name") }
                if let short = option.short, !(short.isASCII && short.isLetter) {
                    problems.append("-\(short) is not a letter")
                }
                if option.isFlag, option.isRequired || option.isRepeatable || option.completion != .none {
                    problems.append("--\(option.name) is a flag: it has no value to require, repeat or complete")
                }
                if option.isRequired, option.environment != nil {
                    problems.append("--\(option.name) is required: a variable cannot stand in for it")
                }
                problems += defaultProblems(option.label, option.read, isRequired: option.isRequired)
                return problems + option.completion.problems.map { "--\(option.name): \($0)" }
            }
    }

    fileprivate var argumentProblems: [String] {
        let duplicates = repeated(arguments.map(\.name)).map { "\($0) is declared twice" }
        let order = zip(arguments, arguments.dropFirst()).flatMap { first, second in
            (first.isOptional && !second.isOptional ? ["\(second.name) is required after an optional argument"] : [])
                + (first.isRepeatable ? ["\(first.name) is repeatable and not the last argument"] : [])
        }
        return duplicates + order
            + arguments.flatMap { argument in
                argument.completion.problems.map { "\(argument.name): \($0)" }
                    + defaultProblems(argument.label, argument.read, isRequired: !argument.isOptional)
            }
    }

    /// A default must be what could be typed.
    private func defaultProblems(_ label: String, _ read: ValueReader, isRequired: Bool) -> [String] {
        guard !isRequired else { return [] }
        do {
            _ = try read([], .some)
            return []
        } catch let refused as RefusedText {
            return ["\(label): its default '\(refused.text)' \(refused.error.reason)"]
        } catch {
            return ["\(label): its default: \(error)"]
        }
    }
}

extension Completion {
    /// Not all shells can offer a value that needs quotes.
    fileprivate var problems: [String] {
        guard case .values(let values) = self else { return [] }
        return repeated(values).map { "'\($0)' is offered twice" }
            + values.filter { !isPlainValue($0) }.map { "'\($0)' cannot be completed without quotes" }
    }
}

extension TimeReference {
    /// Any: what is checked does not depend on it.
    fileprivate static let some = TimeReference(now: Instant(microseconds: 0), zone: .utc)
}

private func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.first != UInt8(ascii: "-")
        && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
}

private func isPlainValue(_ value: String) -> Bool {
    !value.isEmpty && value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-+/%".contains($0)) }
}

private func repeated(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    var reported: Set<String> = []
    return names.filter { !seen.insert($0).inserted && reported.insert($0).inserted }
}
