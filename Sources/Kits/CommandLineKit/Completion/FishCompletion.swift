/// Completion for fish: declarations, each conditional on the words before the cursor selecting its command.
struct FishCompletion {
    let table: CommandTable

    var script: String {
        let at = "_\(CompletionScript.identifier([table.name]))_at"
        let places = table.completionPlaces
        let paths = places.filter { !$0.path.isEmpty }.map { quoted($0.path.joined(separator: " ")) }
        let head = """
            # fish completion for \(table.name)

            # Whether the words before the cursor select a command. $argv: its words as one, then, if it matters,
            # how many arguments follow them, as an operator and a number for test.
            function \(at)
                set -l command
                set -l arguments 0
                set -l option
                for word in (commandline -opc)[2..-1]
                    if test -n "$option"
                        set option ''
                    else if string match -q -- '-?*' $word
                        if contains -- "$command|$word" $\(at)_valued; or contains -- "|$word" $\(at)_valued
                            set option $word
                        end
                    else if test $arguments -eq 0; and contains -- (string join -- ' ' $command $word) $\(at)_paths
                        set -a command $word
                    else
                        set arguments (math $arguments + 1)
                    end
                end
                test "$command" = "$argv[1]"; and begin
                    not set -q argv[2]; or test $arguments $argv[2..3]
                end
            end

            set -g \(at)_paths \(paths.joined(separator: " "))
            set -g \(at)_valued \(valued.joined(separator: " "))

            complete -c \(table.name) -f

            """
        let global = (table.globalOptions + [CommandTable.helpOption]).map { declaration(of: $0, condition: nil) }
        let lines = global + places.flatMap { declarations(of: $0, at: at) }
        return head + lines.map { "\($0)\n" }.joined()
    }

    /// Options that take a value, each spelling after the command it belongs to: `order list|--status`.
    private var valued: [String] {
        let own = table.allCommands.flatMap { command in command.options.map { (command.title, $0) } }
        return (own + table.globalOptions.map { ("", $0) }).filter { !$1.isFlag }.flatMap { title, option in
            option.spellings.map { quoted("\(title)|\($0)") }
        }
    }

    private func declarations(of place: CompletionPlace, at: String) -> [String] {
        let path = place.path.joined(separator: " ")
        let condition = "\(at) \"\(path)\""
        let words = place.words.map { word in
            line("\(condition) -eq 0", "-a \(quoted(word.name)) -d \(quoted(word.summary))")
        }
        let own = table.command(at: place.path)?.options ?? []
        let version = place.path.isEmpty ? [CommandTable.versionOption] : []
        let options = (own + version).map { declaration(of: $0, condition: condition) }
        let arguments = place.arguments.enumerated().compactMap { index, argument -> String? in
            guard argument.completion != .none else { return nil }
            let count = "\(argument.isRepeatable ? "-ge" : "-eq") \(index)"
            return line("\(condition) \(count)", offer(argument.completion))
        }
        return words + options + arguments
    }

    private func declaration(of option: OptionSpec, condition: String?) -> String {
        let short = option.short.map { "-s \($0) " } ?? ""
        let value = option.isFlag ? "" : option.completion == .none ? " -x" : " -r \(offer(option.completion))"
        return line(condition, "\(short)-l \(option.name)\(value) -d \(quoted(option.completionSummary))")
    }

    private func offer(_ completion: Completion) -> String {
        switch completion {
        case .none: ""
        case .file: "-F"
        case .directory: "-f -a '(__fish_complete_directories)'"
        case .values(let values): "-f -a \(quoted(values.joined(separator: " ")))"
        }
    }

    private func line(_ condition: String?, _ rest: String) -> String {
        let when = condition.map { " -n \(quoted($0))" } ?? ""
        return "complete -c \(table.name)\(when) \(rest)"
    }

    private func quoted(_ text: String) -> String {
        "'\(CompletionScript.escaping("\\'", in: text))'"
    }
}
