import Testing
import WorldKit

@testable import CommandLineKit

/// The result of parsing as text, for tables of cases.
private func outcome(_ arguments: [String], of table: CommandTable = till) -> String {
    do {
        switch try table.parse(arguments, at: noon) {
        case .version: return "version"
        case .help(let path): return (["help"] + path).joined(separator: " ")
        case .run(let command, let parsed):
            let options = (command.options + table.globalOptions).compactMap { option -> String? in
                guard let texts = parsed.texts[option.label] else { return nil }
                return option.isFlag ? option.name : "\(option.name)=\(texts)"
            }
            let words = command.arguments.flatMap { parsed.texts[$0.label] ?? [] }
            return "\(command.title) \(words) \(options.joined(separator: " "))"
        }
    } catch let error as UsageError {
        return "\(error.code): \(error.message)"
    } catch {
        return "\(error)"
    }
}

@Suite struct ParsingTests {
    struct Case: CustomTestStringConvertible {
        var name: String
        var line: [String]
        var expected: String
        var testDescription: String { name }

        init(_ name: String, _ line: [String], _ expected: String) {
            (self.name, self.line, self.expected) = (name, line, expected)
        }
    }

    @Test(arguments: [
        Case("value after a space", ["sale", "list", "--state", "paid"], #"sale list [] state=["paid"]"#),
        Case("value after =", ["sale", "list", "--state=paid"], #"sale list [] state=["paid"]"#),
        Case("short, space", ["sale", "list", "-s", "paid"], #"sale list [] state=["paid"]"#),
        Case("short, attached", ["sale", "list", "-spaid"], #"sale list [] state=["paid"]"#),
        Case("short, =", ["sale", "list", "-s=paid"], #"sale list [] state=["paid"]"#),
        Case("combined flags", ["sale", "add", "ann", "-nj"], #"sale add ["ann"] dry-run json"#),
        Case("flags, then a value", ["sale", "add", "ann", "-nja5"], #"sale add ["ann"] amount=["5"] dry-run json"#),
        Case("flags, then a spaced value", ["sale", "add", "x", "-na", "5"], #"sale add ["x"] amount=["5"] dry-run"#),
        Case("global first", ["--json", "sale", "list"], "sale list [] json"),
        Case("global within", ["sale", "--ledger", "x", "list"], #"sale list [] ledger=["x"]"#),
        Case(
            "global's value is a command's name", ["--ledger", "sale", "sale", "list"], #"sale list [] ledger=["sale"]"#
        ),
        Case("empty value after =", ["sale", "list", "--state="], #"sale list [] state=[""]"#),
        Case("empty value after a space", ["sale", "list", "--state", ""], #"sale list [] state=[""]"#),
        Case("value with =", ["sale", "list", "--state=a=b"], #"sale list [] state=["a=b"]"#),
        Case("value like an option, after =", ["sale", "list", "--state=--x"], #"sale list [] state=["--x"]"#),
        Case("value -", ["sale", "list", "--state", "-"], #"sale list [] state=["-"]"#),
        Case("negative value", ["sale", "add", "x", "--amount", "-5"], #"sale add ["x"] amount=["-5"]"#),
        Case("negative fraction", ["sale", "add", "x", "-a", "-.5"], #"sale add ["x"] amount=["-.5"]"#),
        Case("value, dash and space", ["sale", "add", "x", "--note", "- ok"], #"sale add ["x"] note=["- ok"]"#),
        Case("repeated", ["sale", "add", "x", "--note", "a", "--note=b"], #"sale add ["x"] note=["a", "b"]"#),
        Case(
            "options among arguments", ["sale", "add", "x", "-n", "y", "-j", "z"],
            #"sale add ["x", "y", "z"] dry-run json"#),
        Case("lone dash", ["sale", "add", "x", "-"], #"sale add ["x", "-"] "#),
        Case("empty argument", ["sale", "add", ""], #"sale add [""] "#),
        Case("negative argument", ["sale", "add", "-5"], #"sale add ["-5"] "#),
        Case("after --", ["sale", "add", "--", "-n", "--", "--help"], #"sale add ["-n", "--", "--help"] "#),
        Case("a command that is a group too", ["drawer", "-b", "--sound=x"], #"drawer [] bell sound=["x"]"#),
        Case("a command below a command", ["drawer", "state", "-j"], "drawer state [] json"),
        Case("global before the inner word", ["drawer", "-j", "state"], "drawer state [] json"),
        Case(
            "an option both have", ["drawer", "coin", "add", "one", "--sound", "x"],
            #"drawer coin add ["one"] sound=["x"]"#),
        Case("a value that is the inner word", ["drawer", "--sound", "state"], #"drawer [] sound=["state"]"#),
        Case("-- before the inner word", ["drawer", "--", "state"], "drawer state [] "),
        Case("-- before the command", ["--", "sale", "list"], "sale list [] "),
        Case("combining mark after =", ["sale", "list", "--state=\u{301}x"], #"sale list [] state=["\u{0301}x"]"#),
        Case("combining mark after a letter", ["sale", "list", "-s\u{301}"], #"sale list [] state=["\u{0301}"]"#),
    ])
    func `valid arguments run a command`(_ example: Case) {
        #expect(outcome(example.line) == example.expected)
    }

    @Test(arguments: [
        Case("nothing", [], "help"),
        Case("--help", ["--help"], "help"),
        Case("-h", ["-h"], "help"),
        Case("help", ["help"], "help"),
        Case("help for a group", ["help", "sale"], "help sale"),
        Case("help for a command", ["help", "sale", "add"], "help sale add"),
        Case("a group alone", ["sale"], "help sale"),
        Case("a command that is a group too --help", ["drawer", "--help"], "help drawer"),
        Case("help for a command below", ["help", "drawer", "state"], "help drawer state"),
        Case("a group below a command", ["drawer", "coin"], "help drawer coin"),
        Case("group --help", ["sale", "--help"], "help sale"),
        Case("command --help", ["sale", "add", "--help"], "help sale add"),
        Case("-h among flags", ["sale", "add", "-nh"], "help sale add"),
        Case("help before what is wrong", ["open", "--help", "--nonsense"], "help open"),
        Case("help of help", ["help", "--help"], "help help"),
        Case("--version", ["--version"], "version"),
        Case("version", ["version"], "version"),
        Case("version among globals", ["--json", "version"], "version"),
    ])
    func `help and version can be requested`(_ example: Case) {
        #expect(outcome(example.line) == example.expected)
    }

    @Test(arguments: [
        Case("unknown command", ["sell"], "unknown_command: unknown command 'sell'"),
        Case("unknown in a group", ["sale", "ad"], "unknown_command: unknown command 'ad'"),
        Case("unknown for help", ["help", "sale", "open"], "unknown_command: unknown command 'open'"),
        Case("empty command", [""], "unknown_command: unknown command ''"),
        Case("unknown long", ["sale", "list", "--stat=x"], "unknown_option: unknown option '--stat'"),
        Case("unknown short", ["sale", "list", "-jx"], "unknown_option: unknown option '-x'"),
        Case("no prefixes", ["sale", "list", "--lim", "5"], "unknown_option: unknown option '--lim'"),
        Case("case matters", ["sale", "list", "--STATE", "5"], "unknown_option: unknown option '--STATE'"),
        Case("version after a command", ["open", "--version"], "unknown_option: unknown option '--version'"),
        Case("no name", ["sale", "list", "--=x"], "unknown_option: unknown option '--'"),
        Case(
            "no value at the end", ["sale", "list", "--state"], "missing_value: option '--state' needs a value: STATE"),
        Case(
            "no value before an option", ["sale", "list", "-s", "-j"], "missing_value: option '-s' needs a value: STATE"
        ),
        Case("no value before --", ["sale", "list", "-s", "--"], "missing_value: option '-s' needs a value: STATE"),
        Case("flag with a value", ["--json=yes", "open"], "unexpected_value: option '--json' takes no value"),
        Case("flag with an empty value", ["--json=", "open"], "unexpected_value: option '--json' takes no value"),
        Case("short flag with a value", ["sale", "add", "x", "-n=1"], "unexpected_value: option '-n' takes no value"),
        Case("help with a value", ["--help=x"], "unexpected_value: option '--help' takes no value"),
        Case(
            "repeated", ["sale", "list", "-sa", "--state=b"], "repeated_option: option '--state' can be given only once"
        ),
        Case(
            "repeated flag", ["-j", "sale", "list", "--json"], "repeated_option: option '--json' can be given only once"
        ),
        Case("repeated, same letters", ["sale", "list", "-jj"], "repeated_option: option '-j' can be given only once"),
        Case("missing option", ["open"], "missing_option: missing required option '--float AMOUNT'"),
        Case("missing argument", ["sale", "add"], "missing_argument: missing argument CUSTOMER"),
        Case("one argument more", ["sale", "list", "newest", "x"], "unexpected_argument: unexpected argument 'x'"),
        Case("argument of version", ["version", "x"], "unexpected_argument: unexpected argument 'x'"),
        Case("unknown below a command", ["drawer", "stat"], "unknown_command: unknown command 'stat'"),
        Case("unknown in a group below", ["drawer", "coin", "x"], "unknown_command: unknown command 'x'"),
        Case(
            "argument of a command below", ["drawer", "state", "x"], "unexpected_argument: unexpected argument 'x'"),
        Case(
            "outer option, inner word", ["drawer", "--bell", "state"],
            "misplaced_option: option '--bell' is for 'drawer' alone and cannot come before 'state'"),
        Case(
            "outer option that the inner has too", ["drawer", "--sound", "x", "coin", "add", "one"],
            "misplaced_option: option '--sound' is for 'drawer' alone and cannot come before 'coin'"),
        Case(
            "outer short option among globals", ["drawer", "-jb", "state"],
            "misplaced_option: option '-b' is for 'drawer' alone and cannot come before 'state'"),
        Case("outer option after", ["drawer", "state", "--bell"], "unknown_option: unknown option '--bell'"),
        Case("escape sequences", ["\u{1B}[2J"], #"unknown_command: unknown command '\u{1B}[2J'"#),
    ])
    func `invalid arguments are rejected`(_ example: Case) {
        #expect(outcome(example.line) == example.expected)
    }

    @Test func `a declared version command takes precedence over the built-in one`() {
        var table = till
        table.commands.append(CommandSpec(path: ["version"], summary: "Show versions"))
        #expect(outcome(["version", "--json"], of: table) == "version [] json")
        #expect(outcome(["--version"], of: table) == "version")
    }

    @Test(arguments: [
        (["sale", "list"], "sale list [] "), (["sale", "list", "newest"], #"sale list ["newest"] "#),
        (["sale", "list", "all"], "sale list all [] "),
    ])
    func `subcommands take precedence over an optional argument`(_ line: [String], _ expected: String) {
        var table = till
        table.commands.append(CommandSpec(path: ["sale", "list", "all"], summary: "List the sales of all tills"))
        #expect(!table.problems().contains { $0.contains("takes arguments") })
        #expect(outcome(line, of: table) == expected)
    }

    @Test func `options that are not given have their default values`() throws {
        guard case .run(_, let parsed) = try till.parse(["sale", "list"], at: noon) else {
            Issue.record("not a run")
            return
        }
        #expect(parsed[TillOptions.limit] == 50)
        #expect(parsed[TillOptions.state] == nil)
        #expect(!parsed[TillOptions.json])
        #expect(parsed[TillOptions.order] == nil)
    }

    @Test func `an option that the command does not declare is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let table = CommandTable(
                name: "t", summary: "T", version: "1", commands: [CommandSpec(path: ["go"], summary: "Go")])
            let time = TimeReference(now: Instant(microseconds: 0), zone: .utc)
            guard case .run(_, let parsed) = try table.parse(["go"], at: time) else { return }
            _ = parsed[Option(flag: "nonsense", summary: "Nothing")]
        }
    }

    @Test func `an optional value that the command does not declare is a programming error too`() async {
        await #expect(processExitsWith: .failure) {
            let table = CommandTable(
                name: "t", summary: "T", version: "1", commands: [CommandSpec(path: ["go"], summary: "Go")])
            let time = TimeReference(now: Instant(microseconds: 0), zone: .utc)
            guard case .run(_, let parsed) = try table.parse(["go"], at: time) else { return }
            _ = parsed[Option("nonsense", "N", .text, summary: "Nothing")]
        }
    }
}
