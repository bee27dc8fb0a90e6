import Testing

@testable import CommandLineKit

@Suite struct TableProblemsTests {
    @Test func `a valid table has no problems`() {
        #expect(till.problems() == [])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var expected: String
        var damage: @Sendable (inout CommandTable) -> Void
        var testDescription: String { expected }

        init(_ expected: String, _ damage: @escaping @Sendable (inout CommandTable) -> Void) {
            (self.expected, self.damage) = (expected, damage)
        }
    }

    @Test(arguments: [
        Case("open: declared twice") { $0.commands.append($0.commands[0]) },
        Case("open: takes arguments, so it cannot have subcommands") {
            $0.commands[0].arguments.append(Argument("DAY", .text, summary: "Which").spec)
            $0.commands.append(CommandSpec(path: ["open", "wide"], summary: "Open it wide"))
        },
        Case("help: takes arguments, so it cannot have subcommands") {
            $0.commands.append(CommandSpec(path: ["help", "more"], summary: "Help more"))
        },
        Case("group drawer: is a command, which has its own summary") {
            $0.groups.append(GroupSpec(name: "drawer", summary: "Watch"))
        },
        Case("group drawer coin: has no summary") { $0.groups.removeLast() },
        Case("a command has no path") { $0.commands[0].path = [] },
        Case("Open: not a plain name") { $0.commands[0].path = ["Open"] },
        Case("group sale: declared twice") { $0.groups.append($0.groups[0]) },
        Case("group gift: has no commands") { $0.groups.append(GroupSpec(name: "gift", summary: "Give")) },
        Case("group sale: has no summary") { $0.groups = [] },
        Case("global options: --json is declared twice") { $0.globalOptions.append($0.globalOptions[0]) },
        Case("global options: --help is declared twice") {
            $0.globalOptions.append(Option(flag: "help", summary: "Help").spec)
        },
        Case("global options: --ledger cannot be required") { $0.globalOptions[1].isRequired = true },
        Case("open --float: no summary") { $0.commands[0].options[0].summary = "" },
        Case("open: its summary ends in a period") { $0.commands[0].summary = "Open it." },
        Case("open: its summary has several lines") { $0.commands[0].summary = "Open\nit" },
        Case("open: --float is declared twice") { $0.commands[0].options.append($0.commands[0].options[0]) },
        Case("sale add: -a is declared twice") { $0.commands[1].options[1].short = "a" },
        Case("sale add: -j is a global option too") { $0.commands[1].options[1].short = "j" },
        Case("sale add: -h is a global option too") { $0.commands[1].options[1].short = "h" },
        Case("open: --json is a global option too") { $0.commands[0].options[1].name = "json" },
        Case("open: -5 is not a letter") { $0.commands[0].options[1].short = "5" },
        Case("open: --x=y is not a plain name") { $0.commands[0].options[1].name = "x=y" },
        Case("sale add: --dry-run is a flag: it has no value to require, repeat or complete") {
            $0.commands[1].options[2].isRequired = true
        },
        Case("open: --float is required: a variable cannot stand in for it") {
            $0.commands[0].options[0].environment = "TILL_FLOAT"
        },
        Case("sale list: --limit: its default '0' must be a whole number from 1 to 500") {
            $0.commands[2].options[1] =
                Option("limit", "N", .integer(in: 1...500), default: "0", summary: "At most").spec
        },
        Case("sale list: ORDER: its default 'best' must be one of one, two") {
            $0.commands[2].arguments[0] =
                Argument("ORDER", .words([("one", 1), ("two", 2)]), default: "best", summary: "Which").spec
        },
        Case("sale list: a rule names --bell, which is not declared") {
            $0.commands[2].rules = [.exclusive(TillOptions.state, TillOptions.bell)]
        },
        Case("sale list: a rule names --state twice") {
            $0.commands[2].rules = [.exclusive(TillOptions.state, TillOptions.state)]
        },
        Case("sale list: --state: 'a b' cannot be completed without quotes") {
            $0.commands[2].options[0].completion = .values(["a b"])
        },
        Case("sale list: --state: 'a' is offered twice") {
            $0.commands[2].options[0].completion = .values(["a", "a"])
        },
        Case("sale add: ITEM is required after an optional argument") {
            $0.commands[1].arguments[0].isOptional = true
            $0.commands[1].arguments[1].isOptional = false
        },
        Case("sale add: CUSTOMER is repeatable and not the last argument") {
            $0.commands[1].arguments[0].isRepeatable = true
        },
        Case("sale list: ORDER is declared twice") {
            $0.commands[2].arguments.append($0.commands[2].arguments[0])
        },
        Case("sale list: example 'till sale list --sate open': unknown option '--sate'") {
            $0.commands[2].examples[0].command = "till sale list --sate open"
        },
        Case("sale list: example 'till open --float 5': does not run the command") {
            $0.commands[2].examples[0].command = "till open --float 5"
        },
        Case("sale list: example 'till sale list 'x': does not run the command") {
            $0.commands[2].examples[0].command = "till sale list 'x"
        },
    ])
    func `defects are found`(_ example: Case) {
        var table = till
        example.damage(&table)
        #expect(table.problems().contains(example.expected), "found: \(table.problems())")
    }

    @Test(arguments: [
        ("till a 'b c' \"d \\\" e\" f\\ g", [["a", "b c", "d \" e", "f g"]]),
        ("till a | jq . | till b", [["a"], ["b"]]),
        ("till a && till b; till c", [["a"], ["b"], ["c"]]),
        ("cat x > y 2>/dev/null < till; till a > b c", [["a", "c"]]),
        ("till '' # comment", [[""]]),
        ("jq . file", []),
        ("till 'open", []),
    ])
    func `examples are split as a shell would`(_ line: String, _ expected: [[String]]) {
        #expect(ExampleSpec(command: line, summary: "").arguments(of: "till") == expected)
    }
}
