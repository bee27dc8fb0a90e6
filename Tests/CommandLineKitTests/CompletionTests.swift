import CommandLineKit
import Foundation
import TestSupport
import Testing

@Suite struct CompletionTests {
    private let folder: TemporaryDirectory
    private let files = ["cake.json", "coffee.json"]

    init() throws {
        folder = try TemporaryDirectory()
        for file in files { try Data().write(to: URL(filePath: folder.file(file))) }
        try FileManager.default.createDirectory(atPath: folder.file("books"), withIntermediateDirectories: false)
        for shell in CompletionScript.Shell.allCases {
            let script = CompletionScript.render(till, for: shell)
            try Data(script.utf8).write(to: URL(filePath: folder.file("till.\(shell.rawValue)")))
        }
    }

    @Test(arguments: CompletionScript.Shell.allCases)
    func `the scripts match their golden files`(_ shell: CompletionScript.Shell) throws {
        try expectGolden(CompletionScript.render(till, for: shell), "till.\(shell.rawValue)")
    }

    @Test(arguments: [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")])
    func `the scripts are valid`(_ shell: String, _ check: String) throws {
        guard let tool = Tool(shell) else { return }
        let result = try tool.run([check, folder.file("till.\(shell)")], in: folder.path)
        #expect(result.status == 0 && result.output.isEmpty, "\(result.output)")
    }

    struct Line: Sendable, CustomTestStringConvertible {
        /// The words before the cursor, the last one being typed.
        var words: [String]
        var expected: [String]
        var testDescription: String { words.joined(separator: " ") }

        init(_ words: [String], _ expected: [String]) {
            (self.words, self.expected) = (words, expected)
        }
    }

    private static let common = [
        Line([""], ["drawer", "help", "open", "sale", "version"]),
        Line(["sa"], ["sale"]),
        Line(["sale", ""], ["add", "list"]),
        Line(["--json", "sale", "l"], ["list"]),
        Line(["--ledger", "sale", "sale", "a"], ["add"]),
        Line(["sale", "list", "--state", ""], ["open", "paid", "void"]),
        Line(["sale", "list", "-s", "p"], ["paid"]),
        Line(["sale", "list", ""], ["newest", "oldest"]),
        Line(["sale", "list", "newest", ""], []),
        Line(["sale", "list", "--state", "paid", "o"], ["oldest"]),
        Line(["sale", "list", "--s"], ["--state"]),
        Line(["sale", "list", "--limit", ""], []),
        Line(["sale", "add", ""], []),
        Line(["sale", "add", "ann", "c"], ["cake.json", "coffee.json"]),
        Line(["sale", "add", "ann", "cake.json", "co"], ["coffee.json"]),
        Line(["--ledger", "ca"], ["cake.json"]),
        Line(["help", "sale", ""], ["add", "list"]),
        Line(["help", "drawer", ""], ["coin", "state"]),
        Line(["drawer", ""], ["coin", "state"]),
        Line(["drawer", "--sound", ""], ["ding", "dong"]),
        Line(["drawer", "--so"], ["--sound"]),
        Line(["drawer", "--json", "st"], ["state"]),
        Line(["drawer", "coin", ""], ["add"]),
        Line(["drawer", "coin", "add", "t"], ["two"]),
        Line(["drawer", "coin", "add", "--sound", "d"], []),
        Line(["sale", "nonsense", ""], []),
    ]

    @Test(
        arguments: common + [
            Line(["sale", "list", "--state", "=", "p"], ["paid"]),
            Line(["sale", "list", "--state", "="], ["open", "paid", "void"]),
            Line(["sale", "list", "--state=p"], ["--state=paid"]),
            Line(["sale", "list", "-"], ["--help", "--json", "--ledger", "--limit", "--state", "-h", "-j", "-s"]),
            Line(["sale", "add", "--", "-"], []),
            Line(["drawer", "-"], ["--bell", "--help", "--json", "--ledger", "--sound", "-b", "-h", "-j"]),
            Line(["open", "--export", "b"], ["books"]),
            Line(["$(touch x)", "`"], []),
        ])
    func `bash completes`(_ line: Line) throws {
        let bash = try #require(Tool("bash"))
        let script = """
            # What bash does after the function: complete paths, if requested and nothing else matches.
            compopt() { if [[ $2 == default ]]; then compgen -f -- "$cur"; else compgen -d -- "$cur"; fi; }
            source till.bash
            COMP_WORDS=(till "$@") COMP_CWORD=$#
            _till
            if ((${#COMPREPLY[@]})); then printf '%s\\n' "${COMPREPLY[@]}"; fi
            """
        let result = try bash.run(["--norc", "-uc", script, "bash"] + line.words, in: folder.path)
        #expect(result.status == 0)
        #expect(result.output.split(separator: "\n").map(String.init).sorted() == line.expected, "\(result.output)")
    }

    @Test(
        arguments: common + [
            Line(["sale", "list", "--state=p"], ["--state=paid"]),
            Line(["open", "--export", "b"], ["books/"]),
            Line(["sale", "add", "--d"], ["--dry-run"]),
        ])
    func `fish completes`(_ line: Line) throws {
        guard let fish = Tool("fish") else { return }
        let text = (["till"] + line.words).joined(separator: " ")
        let result = try fish.run(
            ["--no-config", "-c", "source till.fish; complete -C $argv[1]", text], in: folder.path)
        let candidates = result.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
        #expect(candidates.sorted() == line.expected, "\(result.output)")
    }

    @Test func `zsh loads the function`() throws {
        guard let zsh = Tool("zsh") else { return }
        try FileManager.default.moveItem(atPath: folder.file("till.zsh"), toPath: folder.file("_till"))
        let script = """
            fpath=("$PWD" $fpath); autoload -U compinit; compinit -u -d "$PWD/dump"
            print -r -- $_comps[till]; source ./_till; print -r -- $+functions[_till_drawer_coin_add] $_comps[till]
            """
        let result = try zsh.run(["-f", "-c", script], in: folder.path)
        #expect(result.output == "_till\n1 _till\n")
    }
}
