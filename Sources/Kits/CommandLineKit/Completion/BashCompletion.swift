/// Completion for bash 4 and later, without the bash-completion package.
///
/// The function parses the words before the cursor as the program would, to find the command and the kind of the word
/// at the cursor. Bash also splits words at `=` and `:`, which is why a lone `=` is handled.
struct BashCompletion {
    let table: CommandTable

    var script: String {
        let function = CompletionScript.identifier([table.name])
        return """
            # bash completion for \(table.name)

            # Offers those of the words that begin with what is typed.
            \(function)_offer() {
                local word
                for word in "$@"; do
                    if [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
                done
            }

            # Offers what a value of the given kind can be: words, or paths, which bash itself knows best.
            \(function)_offer_value() {
                case ${1-} in
                    words) \(function)_offer "${@:2}" ;;
                    file) compopt -o default ;;
                    directory) compopt -o dirnames ;;
                esac
            }

            # Sets kind to what the value of an option is: empty for a flag. $1: the command, $2: the option
            \(function)_option_kind() {
                case "$1|$2" in
            \(optionKinds)
                    *) kind=() ;;
                esac
            }

            # Sets kind to what an argument is. $1: the command, $2: the argument's number, from 0
            \(function)_argument_kind() {
                case "$1|$2" in
            \(argumentKinds)
                    *) kind=() ;;
                esac
            }

            # Sets words to what can follow a command's or a group's words, and options to its options.
            \(function)_words() {
                case "$1" in
            \(words)
                    *) words=() options=() ;;
                esac
            }

            \(function)() {
                local cur=${COMP_WORDS[COMP_CWORD]} command='' option='' ended='' prefix='' argument=0 i word IFS=' '
                local -a kind words options
                COMPREPLY=()
                \(function)_words ''
                for ((i = 1; i < COMP_CWORD; i++)); do
                    word=${COMP_WORDS[i]}
                    if [[ $word == '=' && -n $option ]]; then
                        continue
                    elif [[ -n $option ]]; then
                        option=''
                    elif [[ -z $ended && $word == -- ]]; then
                        ended=1
                    elif [[ -z $ended && $word == -?* ]]; then
                        \(function)_option_kind "$command" "$word"
                        if ((${#kind[@]})); then option=$word; fi
                    elif [[ $argument == 0 && " ${words[*]} " == *" $word "* ]]; then
                        command=${command:+$command }$word
                        \(function)_words "$command"
                    else
                        argument=$((argument + 1))
                    fi
                done
                if [[ -n $option && $cur == '=' ]]; then
                    cur=''
                elif [[ -z $option && -z $ended && $cur == --*=* ]]; then
                    option=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}
                fi
                if [[ -n $option ]]; then
                    \(function)_option_kind "$command" "$option"
                    \(function)_offer_value "${kind[@]}"
                    COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
                elif [[ -z $ended && $cur == -* ]]; then
                    \(function)_offer "${options[@]}"
                elif ((argument == 0 && ${#words[@]})); then
                    \(function)_offer "${words[@]}"
                else
                    \(function)_argument_kind "$command" "$argument"
                    \(function)_offer_value "${kind[@]}"
                fi
            }

            complete -F \(function) \(table.name)

            """
    }

    // MARK: - Parts that depend on the table

    private var optionKinds: String {
        let own = table.allCommands.flatMap { command in
            command.options.map { clause($0, patterns: $0.spellings.map { quoted("\(command.title)|\($0)") }) }
        }
        let global = table.globalOptions.map { clause($0, patterns: $0.spellings.map { "*\(quoted("|\($0)"))" }) }
        return (own + global).compactMap { $0 }.joined(separator: "\n")
    }

    private func clause(_ option: OptionSpec, patterns: [String]) -> String? {
        option.isFlag ? nil : line(patterns.joined(separator: " | "), "kind=(\(kind(option.completion)))")
    }

    private var argumentKinds: String {
        table.allCommands.flatMap { command in
            command.arguments.enumerated().map { index, argument in
                let number = argument.isRepeatable ? "*" : "\(index)"
                return line("\(quoted("\(command.title)|"))\(number)", "kind=(\(kind(argument.completion)))")
            }
        }.joined(separator: "\n")
    }

    private var words: String {
        table.completionPlaces.map { place in
            let words = list(place.words.map(\.name))
            let options = list(place.options.flatMap(\.spellings))
            return line(quoted(place.path.joined(separator: " ")), "words=(\(words)) options=(\(options))")
        }.joined(separator: "\n")
    }

    private func kind(_ completion: Completion) -> String {
        switch completion {
        case .none: "text"
        case .file: "file"
        case .directory: "directory"
        case .values(let values): "words \(list(values))"
        }
    }

    private func list(_ words: [String]) -> String {
        words.map(quoted).joined(separator: " ")
    }

    private func line(_ pattern: String, _ action: String) -> String {
        "        \(pattern)) \(action) ;;"
    }

    private func quoted(_ text: String) -> String { CompletionScript.quoted(text) }
}
