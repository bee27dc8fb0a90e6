/// Splits an example into words as a shell would, as far as examples need it: quotes, backslashes, pipes, lists and
/// redirections, but no expansion.
enum ShellWords {
    /// The words of each command in `line`; nil if a quote is not closed.
    static func commands(in line: String) -> [[String]]? {
        var commands: [[String]] = [[]]
        var word: String?
        var quote: Character?
        var isRedirected = false
        var rest = Substring(line)

        func endWord() {
            if let word, !isRedirected { commands[commands.count - 1].append(word) }
            if word != nil { isRedirected = false }
            word = nil
        }

        while let character = rest.popFirst() {
            switch (quote, character) {
            case (let open?, _) where character == open:
                quote = nil
            case ("\"", "\\"), (nil, "\\"):
                word = (word ?? "") + (rest.popFirst().map { String($0) } ?? "")
            case (_?, _):
                word = (word ?? "") + String(character)
            case (nil, "'"), (nil, "\""):
                quote = character
                word = word ?? ""
            case (nil, " "):
                endWord()
            case (nil, "|"), (nil, ";"), (nil, "&"):
                endWord()
                isRedirected = false
                commands.append([])
            case (nil, ">"), (nil, "<"):
                // `2>` redirects a stream: its number is not a word.
                if let number = word, Int(number) != nil { word = nil }
                endWord()
                isRedirected = true
            case (nil, "#") where word == nil:
                rest = ""
            default:
                word = (word ?? "") + String(character)
            }
        }
        endWord()
        return quote == nil ? commands.filter { !$0.isEmpty } : nil
    }
}

extension ExampleSpec {
    /// The arguments of each run of `program` in the example; empty if there are none or the line is malformed.
    package func arguments(of program: String) -> [[String]] {
        (ShellWords.commands(in: command) ?? []).filter { $0[0] == program }.map { Array($0.dropFirst()) }
    }
}
