/// Completion for zsh: one function per group and command, based on `_arguments`.
struct ZshCompletion {
    let table: CommandTable

    var script: String {
        let root = CompletionScript.identifier([table.name])
        let functions = table.completionPlaces.map { place in
            place.words.isEmpty ? commandFunction(place) : groupFunction(place)
        }
        // The file is either autoloaded from $fpath as the function, or sourced.
        let ending = """
            if [ "$funcstack[1]" = '\(root)' ]; then
                \(root) "$@"
            else
                compdef \(root) \(table.name)
            fi

            """
        return (["#compdef \(table.name)\n"] + functions + [ending]).joined(separator: "\n")
    }

    private func groupFunction(_ place: CompletionPlace) -> String {
        let function = name(of: place)
        let commands = place.words.map { "        " + quoted("\($0.name):\($0.summary)") + "\n" }.joined()
        return """
            \(function)() {
                local curcontext="$curcontext" state state_descr ret=1
                local -a line commands
                local -A opt_args
                commands=(
            \(commands)    )
                _arguments -s -S -C \\
            \(lines(options(of: place))) \
                    '1: :->command' '*:: :->rest' && ret=0
                case $state in
                    command) _describe -t commands command commands && ret=0 ;;
                    rest) _call_function ret "\(function)_${line[1]//[^a-z0-9]/_}" ;;
                esac
                return ret
            }

            """
    }

    private func commandFunction(_ place: CompletionPlace) -> String {
        let arguments = place.arguments.enumerated().map { index, argument in
            let position = argument.isRepeatable ? "*" : "\(index + 1)"
            let colons = argument.isOptional && !argument.isRepeatable ? "::" : ":"
            return position + colons + escaped(argument.name) + ":" + action(argument.completion)
        }
        return """
            \(name(of: place))() {
                local curcontext="$curcontext"
                _arguments -s -S -C \\
            \(lines(options(of: place) + arguments.map(quoted)))
            }

            """
    }

    private func name(of place: CompletionPlace) -> String {
        CompletionScript.identifier([table.name] + place.path)
    }

    private func lines(_ specifications: [String]) -> String {
        specifications.map { "        \($0)" }.joined(separator: " \\\n")
    }

    /// A specification of each option, such as `'(-s --status)'{-s+,--status=}'[Only this status]:STATUS:(HELD)'`.
    private func options(of place: CompletionPlace) -> [String] {
        place.options.map { option in
            let suffixes = option.isFlag ? ("", "") : ("+", "=")
            let names = (option.short.map { ["-\($0)\(suffixes.0)"] } ?? []) + ["--\(option.name)\(suffixes.1)"]
            let value = option.value.map { ":\(escaped($0)):\(action(option.completion))" } ?? ""
            let isLast = [CommandTable.helpOption.name, CommandTable.versionOption.name].contains(option.name)
            let once = isLast ? "(- *)" : "(\(option.spellings.joined(separator: " ")))"
            let spelled = names.count == 1 ? names[0] : "{\(names.joined(separator: ","))}"
            let description = "[\(escaped(option.completionSummary))]\(value)"
            return quoted(option.isRepeatable ? "*" : once) + spelled + quoted(description)
        }
    }

    private func action(_ completion: Completion) -> String {
        switch completion {
        case .none: " "
        case .file: "_files"
        case .directory: "_files -/"
        case .values(let values): "(\(values.map { escaped($0) }.joined(separator: " ")))"
        }
    }

    /// Text inside an `_arguments` specification.
    private func escaped(_ text: String) -> String {
        CompletionScript.escaping("\\:[]()\"'`$", in: text)
    }

    private func quoted(_ text: String) -> String { CompletionScript.quoted(text) }
}
