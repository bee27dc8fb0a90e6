import Testing

@testable import CommandLineKit

/// Which options go together: checked by the kit, before the command runs.
@Suite struct OptionRuleTests {
    private static let red = Option(flag: "red", summary: "Red")
    private static let green = Option(flag: "green", summary: "Green")
    private static let blue = Option("blue", "N", .integer(in: 1...3), default: "1", summary: "Blue")
    private static let file = Argument(repeated: "FILE", .text, isOptional: true, summary: "A file")
    private static let json = Option(flag: "json", summary: "JSON")

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var rule: OptionRule
        var line: [String]
        /// The message; nil if the line keeps the rule.
        var message: String?
        var testDescription: String { name }

        init(_ name: String, _ rule: OptionRule, _ line: [String], _ message: String?) {
            (self.name, self.rule, self.line, self.message) = (name, rule, line, message)
        }
    }

    private static let exclusive = OptionRule.exclusive(red, green, blue)
    private static let together = OptionRule.together(red, blue)
    private static let anyOf = OptionRule.anyOf(file, red, green, otherwise: "nothing to do")
    private static let alone = OptionRule.alone(red, without: [green, file])
    private static let onlyWith = OptionRule.onlyWith([red, green], [blue, json])
    private static let because = OptionRule.onlyWith([red], [blue], because: "nothing else is tinted")
    private static let needs = OptionRule.needs(red, [green, blue])

    private static let cases = [
        Case("exclusive: none", exclusive, [], nil), Case("exclusive: one", exclusive, ["--blue", "2"], nil),
        Case("exclusive: two", exclusive, ["--blue", "2", "--red"], "--red and --blue cannot be given together"),
        Case("exclusive: an explicit default", exclusive, ["--blue=1", "--red"], "--red and --blue cannot be"),
        Case("together: none", together, [], nil), Case("together: all", together, ["--red", "--blue=1"], nil),
        Case("together: the first", together, ["--red"], "--blue is missing: --red needs it"),
        Case("together: the second", together, ["--blue=1"], "--red is missing: --blue needs it"),
        Case("any of: none", anyOf, [], "nothing to do: give FILE, --red or --green"),
        Case("any of: an option", anyOf, ["--green"], nil), Case("any of: an argument", anyOf, ["x"], nil),
        Case("any of: all", anyOf, ["x", "--red", "--green"], nil),
        Case("alone: it is", alone, ["--red", "--blue=1"], nil),
        Case("alone: the others", alone, ["--green", "x"], nil),
        Case("alone: with an option", alone, ["--red", "--green"], "--green cannot be used with --red"),
        Case("alone: with an argument", alone, ["x", "--red"], "FILE cannot be used with --red"),
        Case("only with: not given", onlyWith, [], nil), Case("only with: one", onlyWith, ["--json", "--green"], nil),
        Case("only with: none", onlyWith, ["--blue=1"], "--blue is for --red and --green"),
        Case("only with: a global option", onlyWith, ["--json"], "--json is for --red and --green"),
        Case("only with: why", because, ["--blue=1"], "--blue is for --red: nothing else is tinted"),
        Case("needs: given", needs, ["--green", "--red"], nil),
        Case("needs: missing", needs, ["--green"], "--red is missing: --green needs it"),
    ]

    @Test(arguments: cases)
    func `a rule is checked by what is given`(_ example: Case) {
        let command = CommandSpec(
            path: ["go"], summary: "Go", arguments: [Self.file], options: [Self.red, Self.green, Self.blue],
            rules: [example.rule])
        let table = CommandTable(
            name: "t", summary: "T", version: "1", globalOptions: [Self.json], commands: [command])
        #expect(table.problems() == [])
        var message: String?
        do {
            _ = try table.parse(["go"] + example.line, at: noon)
        } catch let error as UsageError {
            #expect(error.code == "broken_rule" && error.command == ["go"])
            message = error.message
        } catch {
            Issue.record("\(error)")
        }
        if let expected = example.message {
            #expect(message?.hasPrefix(expected) == true, "\(message ?? "kept")")
        } else {
            #expect(message == nil)
        }
    }

    private struct Own: Error {}

    private static func outcome(_ line: [String]) -> String {
        let command = CommandSpec(
            path: ["go"], summary: "Go", options: [red, green, blue], rules: [exclusive],
            check: { options in if options[green] { throw Own() } })
        let table = CommandTable(name: "t", summary: "T", version: "1", commands: [command])
        do {
            _ = try table.parse(["go"] + line, at: noon)
        } catch {
            return (error as? UsageError)?.code ?? "own"
        }
        return "run"
    }

    @Test func `values are read before rules, and rules before the command's own check`() {
        #expect(Self.outcome(["--green", "--red", "--blue=9"]) == "invalid_value")
        #expect(Self.outcome(["--green", "--red"]) == "broken_rule")
        #expect(Self.outcome(["--green"]) == "own")
        #expect(Self.outcome(["--red"]) == "run")
    }

    @Test func `a rule's hint follows its message`() {
        let command = CommandSpec(
            path: ["go"], summary: "Go", options: [Self.red, Self.green],
            rules: [.exclusive(Self.red, Self.green, hint: "green is enough")])
        let table = CommandTable(name: "t", summary: "T", version: "1", commands: [command])
        let error = #expect(throws: UsageError.self) { try table.parse(["go", "--red", "--green"], at: noon) }
        #expect(error?.advice == "green is enough")
        #expect(error?.hints(program: "t") == ["green is enough", "try 't go --help'"])
    }

    @Test(arguments: [
        (exclusive, "red", "not with --green or --blue"), (together, "red", "with --blue"),
        (alone, "red", "not with --green or FILE"), (onlyWith, "blue", "only with --red or --green"),
        (needs, "green", "needs --red"),
    ])
    func `help tells what goes with an option`(_ rule: OptionRule, _ name: String, _ note: String) {
        let command = CommandSpec(
            path: ["go"], summary: "Go", arguments: [Self.file], options: [Self.red, Self.green, Self.blue],
            rules: [rule])
        let table = CommandTable(
            name: "t", summary: "T", version: "1", globalOptions: [Self.json], commands: [command])
        let line = HelpPage.render(table, path: ["go"], width: 100).text.split(separator: "\n").first {
            $0.contains("--\(name)")
        }
        #expect(line?.contains("[\(note)]") == true, "\(line ?? "")")
    }
}
