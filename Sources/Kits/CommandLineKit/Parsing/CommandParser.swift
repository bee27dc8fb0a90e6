/// Parses one command line, left to right, in one pass.
///
/// Words select the command, then a subcommand or its arguments. An option is looked up among the options of the
/// command found so far and the global ones. Dashes and equal signs are compared as UTF-8, because a `Character` merges
/// an ASCII letter with combining marks that follow it.
struct CommandParser {
    private let table: CommandTable
    private var remaining: ArraySlice<String>
    private var path: [String] = []
    private var command: CommandSpec?
    private var scope: [OptionSpec]
    private var given: [String: [String]] = [:]
    /// The first option given that belongs only to the command found so far, as typed.
    private var ownOption: String?
    private var words: [String] = []
    private let time: TimeReference

    init(table: CommandTable, arguments: [String], time: TimeReference) {
        self.table = table
        self.time = time
        remaining = arguments[...]
        scope = table.options(at: [])
    }

    mutating func parse() throws -> Invocation {
        var optionsEnded = false
        while let word = remaining.popFirst() {
            if optionsEnded || !Self.isOption(word) {
                try readWord(word)
            } else if word == "--" {
                optionsEnded = true
            } else if let invocation = try readOption(word) {
                return invocation
            }
        }
        return try finish()
    }

    /// Whether a word has the form of an option: a dash and more, but neither a negative number nor text that begins
    /// with a dash and a space.
    static func isOption(_ word: String) -> Bool {
        let bytes = Array(word.utf8.prefix(3))
        guard bytes.count > 1, bytes[0] == UInt8(ascii: "-") else { return false }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        if digits.contains(bytes[1]) || bytes[1] == UInt8(ascii: " ") { return false }
        return !(bytes[1] == UInt8(ascii: ".") && bytes.count > 2 && digits.contains(bytes[2]))
    }
}

// MARK: - Words

extension CommandParser {
    private mutating func readWord(_ word: String) throws(UsageError) {
        let isChild = words.isEmpty && table.children(of: path).contains(word)
        if let command, !isChild, !command.arguments.isEmpty || table.commands(under: path).isEmpty {
            guard words.count < command.arguments.count || command.arguments.last?.isRepeatable == true else {
                throw .unexpectedArgument(word, command: path)
            }
            words.append(word)
        } else {
            guard table.children(of: path).contains(word) else { throw unknownCommand(word, at: path) }
            if let ownOption { throw .misplacedOption(ownOption, before: word, command: path) }
            path.append(word)
            command = table.command(at: path)
            scope = table.options(at: path)
        }
    }

    private func unknownCommand(_ word: String, at path: [String]) -> UsageError {
        let siblings = Suggestions.near(word, in: table.children(of: path)).map { path + [$0] }
        let namesakes = table.allCommands.map(\.path).filter { $0.last == word }
        let suggestions = (siblings.isEmpty ? Array(namesakes.prefix(3)) : siblings)
        return .unknownCommand(word, command: path, suggestions: suggestions.map { $0.joined(separator: " ") })
    }
}

// MARK: - Options

extension CommandParser {
    /// Parses an option, and the next word if it is the option's value.
    /// - Returns: the invocation, if the option is `--help` or `--version`.
    private mutating func readOption(_ word: String) throws(UsageError) -> Invocation? {
        guard word.utf8.starts(with: "--".utf8) else { return try readShortOptions(word) }
        let equals = word.utf8.firstIndex(of: UInt8(ascii: "="))
        let spelling = String(word[..<(equals ?? word.endIndex)])
        guard let option = scope.first(where: { "--\($0.name)" == spelling }) else {
            throw unknownOption(spelling)
        }
        let attached = equals.map { String(word.unicodeScalars[$0...].dropFirst()) }
        return try record(option, spelling: spelling, attached: attached)
    }

    /// Parses `-j`, `-jv`, `-s VALUE`, `-sVALUE` and `-s=VALUE`.
    private mutating func readShortOptions(_ word: String) throws(UsageError) -> Invocation? {
        var letters = word.unicodeScalars.dropFirst()
        while let letter = letters.popFirst() {
            let spelling = "-\(letter)"
            guard let option = scope.first(where: { $0.short?.unicodeScalars.elementsEqual([letter]) == true }) else {
                throw unknownOption(spelling, in: word)
            }
            var attached: String?
            if letters.first == "=" {
                attached = String(letters.dropFirst())
            } else if !option.isFlag, !letters.isEmpty {
                attached = String(letters)
            }
            if let invocation = try record(option, spelling: spelling, attached: attached) { return invocation }
            if attached != nil { return nil }
        }
        return nil
    }

    private mutating func record(
        _ option: OptionSpec, spelling: String, attached: String?
    ) throws(UsageError) -> Invocation? {
        var text = ""
        if let placeholder = option.value {
            if let attached {
                text = attached
            } else if let next = remaining.first, !Self.isOption(next) {
                text = next
                remaining.removeFirst()
            } else {
                throw .missingValue(
                    option: spelling, placeholder: placeholder, next: remaining.first, command: path)
            }
        } else if attached != nil {
            throw .unexpectedValue(option: spelling, command: path)
        }
        if option.name == CommandTable.helpOption.name { return .help(path: path) }
        if isVersion(option) { return .version }
        guard option.isRepeatable || given[option.name] == nil else {
            throw .repeatedOption(spelling, command: path)
        }
        given[option.name, default: []].append(text)
        if ownOption == nil, command?.options.contains(where: { $0.name == option.name }) == true {
            ownOption = spelling
        }
        return nil
    }

    /// The error for an undeclared option, with suggestions from the selected command, even if the command comes later
    /// on the line.
    private func unknownOption(_ spelling: String, in word: String? = nil) -> UsageError {
        var path = path
        if words.isEmpty {
            for next in remaining where table.children(of: path).contains(next) { path.append(next) }
        }
        let options = table.options(at: path)
        if options.contains(where: { $0.spellings.contains(spelling) }) {
            return .unknownOption(spelling, command: path, suggestions: [spelling])
        }
        // `-status` parses as short options, but `--status` was probably meant.
        let typed = word.map { "-\($0)" } ?? spelling
        let near = Suggestions.near(String(typed.unicodeScalars.dropFirst(2)), in: options.map(\.name))
        return .unknownOption(spelling, command: path, suggestions: near.map { "--\($0)" })
    }
}

// MARK: - The end of the line

extension CommandParser {
    private func finish() throws -> Invocation {
        guard let command else { return .help(path: path) }
        let missingArguments = command.arguments.dropFirst(words.count).filter { !$0.isOptional }
        guard missingArguments.isEmpty else {
            throw UsageError.missingArgument(missingArguments.map(\.name), command: path)
        }
        let missingOptions = command.options.filter { $0.isRequired && given[$0.name] == nil }
        guard missingOptions.isEmpty else {
            throw UsageError.missingOption(missingOptions.map(\.usage), command: path)
        }
        if table.builtInCommands.contains(where: { $0.path == command.path }) {
            return command.path == CommandTable.helpPath ? .help(path: try helpPath()) : .version
        }
        let options = try ParsedOptions(
            options: scope, arguments: command.arguments, given: texts(of: command), time: time, command: path)
        try options.check(command.rules, command: path)
        try command.check(options)
        return .run(command, options)
    }

    /// What is given, by label.
    private func texts(of command: CommandSpec) -> [String: [String]] {
        var texts: [String: [String]] = [:]
        for (name, values) in given { texts["--\(name)"] = values }
        for (index, argument) in command.arguments.enumerated() where index < words.count {
            texts[argument.label] = argument.isRepeatable ? Array(words[index...]) : [words[index]]
        }
        return texts
    }

    /// Whether it is the built-in `--version`, which only the program itself has.
    private func isVersion(_ option: OptionSpec) -> Bool {
        path.isEmpty && option.name == CommandTable.versionOption.name
    }

    /// The words after `help`, which must name a command or a group.
    private func helpPath() throws(UsageError) -> [String] {
        var path: [String] = []
        for word in words {
            guard table.children(of: path).contains(word) else { throw unknownCommand(word, at: path) }
            path.append(word)
        }
        return path
    }
}
