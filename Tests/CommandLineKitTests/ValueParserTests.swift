import Testing
import WorldKit

@testable import CommandLineKit

/// How values are read, bounded and described.
@Suite struct ValueParserTests {
    private enum Color: String, CaseIterable {
        case red
        case green = "GREEN"
    }

    private static let count = Option("count", "N", .integer(in: 2...9), default: "3", summary: "How many")
    private static let share = Option("share", "P", .number(in: 0...1), summary: "How much")
    private static let wait = Option("wait", "TIME", .seconds(in: 1...604_800), default: "90s", summary: "How long")
    private static let pause = Option("pause", "TIME", .seconds(), summary: "How long")
    private static let color = Option(repeated: "color", "COLOR", ValueParser<Color>.word, summary: "Which")
    private static let colors = Option(
        "colors", "COLORS", ValueParser<Color>.word.list, default: "red,GREEN", summary: "Which, in turn")
    private static let since = Option("since", "TIME", .instant, summary: "From when")
    private static let name = Option(
        "name", "NAME", .text("1 to 3 letters") { (1...3).contains($0.count) }, summary: "Whose")
    private static let number = Argument("NUMBER", .integer(in: 0...Int.max), default: "7", summary: "The number")
    private static let square = Option(
        "square", "N", ValueParser<Int>.integer(in: 0...9).map { $0 * $0 }, summary: "A number's square")

    private static let table = CommandTable(
        name: "t", summary: "T", version: "1",
        commands: [
            CommandSpec(
                path: ["go"], summary: "Go", arguments: [number],
                options: [count, share, wait, pause, color, colors, since, name, square])
        ])

    private func parsed(_ words: [String]) throws -> ParsedOptions {
        guard case .run(_, let parsed) = try Self.table.parse(["go"] + words, at: noon) else {
            throw UsageError.unknownCommand("go", command: [], suggestions: [])
        }
        return parsed
    }

    @Test func `a value has the type of its option`() throws {
        let options = try parsed(
            [
                "12", "--count", "9", "--share", "0.5", "--wait", "1h30m", "--pause=2", "--color", "RED",
                "--color=green",
                "--colors", "GREEN,red,red", "--since", "2h", "--name", "ann", "--square", "3",
            ].map { $0 == "RED" ? "red" : $0 })
        #expect(options[Self.number] == 12 && options[Self.count] == 9 && options[Self.share] == 0.5)
        #expect(options[Self.wait] == 5400 && options[Self.pause] == 2)
        #expect(options[Self.color] == [.red, .green], "small letters are read as capitals")
        #expect(options[Self.colors] == [.green, .red, .red])
        #expect(options[Self.since] == noon.now.advanced(bySeconds: -7200))
        #expect(options[Self.name] == "ann" && options[Self.square] == 9)
        #expect(options.isGiven(Self.count) && options.time.now == noon.now)
    }

    @Test func `what is not given has its default`() throws {
        let options = try parsed([])
        #expect(options[Self.number] == 7 && options[Self.count] == 3 && options[Self.share] == nil)
        #expect(options[Self.wait] == 90 && options[Self.pause] == nil)
        #expect(options[Self.color].isEmpty && options[Self.colors] == [.red, .green])
        #expect(options[Self.since] == nil && options[Self.name] == nil)
        #expect(!options.isGiven(Self.count) && !options.isGiven(Self.number))
    }

    @Test(arguments: [
        ("below a range", ["--count", "1"], "--count '1': must be a whole number from 2 to 9"),
        ("above a range", ["--count", "10"], "--count '10': must be a whole number from 2 to 9"),
        ("no whole number", ["--count", "3.5"], "--count '3.5': must be a whole number from 2 to 9"),
        ("a huge number", ["99999999999999999999"], "NUMBER '99999999999999999999': must be a whole number, 0 or more"),
        ("an exponent", ["--share", "1e-1"], "--share '1e-1': must be a number from 0 to 1, such as 0.1"),
        ("too much", ["--share", "1.1"], "--share '1.1': must be a number from 0 to 1"),
        ("too long", ["--wait", "8d"], "--wait '8d': must be from 1s to 7d"),
        ("too short", ["--wait", "999ms"], "--wait '999ms': must be from 1s to 7d"),
        ("no length", ["--pause", "soon"], "--pause 'soon': must be a length of time such as 30s"),
        ("another word", ["--color", "blue"], "--color 'blue': must be one of red, GREEN"),
        ("the second of several", ["--color", "red", "--color", "b"], "--color 'b': must be one of red, GREEN"),
        ("one of a list", ["--colors", "red,,red"], "--colors '': must be one of red, GREEN"),
        ("no time", ["--since", "5"], "--since '5': a bare number is ambiguous"),
        ("a condition", ["--name", "anna"], "--name 'anna': must be 1 to 3 letters"),
        ("escape sequences", ["--name", "\u{1B}[2J"], #"--name '\u{1B}[2J': must be 1 to 3 letters"#),
        ("before it is changed", ["--square", "10"], "--square '10': must be a whole number from 0 to 9"),
    ])
    func `a value that is refused is named with what it must be`(
        _ name: String, _ words: [String], _ message: String
    ) {
        do {
            _ = try parsed(words)
            Issue.record("\(name): not refused")
        } catch let error as UsageError {
            #expect(error.code == "invalid_value" && error.message.hasPrefix(message), "\(name): \(error.message)")
            #expect(error.command == ["go"])
        } catch {
            Issue.record("\(name): \(error)")
        }
    }

    @Test func `a parser's own error is passed on`() {
        struct Own: Error {}
        let option = Option("x", "X", ValueParser<Int> { _ in throw Own() }, summary: "X")
        let table = CommandTable(
            name: "t", summary: "T", version: "1",
            commands: [CommandSpec(path: ["go"], summary: "Go", options: [option])])
        #expect(throws: Own.self) { try table.parse(["go", "--x", "1"], at: noon) }
    }

    /// Help, man page, reference and completions say the same, from the option itself.
    @Test(arguments: ["2 to 9; default: 3", "1s to 7d; default: 90s", "0 to 1"])
    func `the range and the default are shown everywhere`(_ note: String) {
        let bracketed = note.split(separator: "; ").map { "[\($0)]" }.joined(separator: " ")
        #expect(HelpPage.render(Self.table, path: ["go"], width: 100).text.contains(bracketed))
        #expect(ManPage.render(Self.table, date: "November 20, 2025").contains("(\(note))"))
        #expect(MarkdownReference.options(of: Self.table).contains("(\(note))"))
        #expect(
            CompletionScript.render(Self.table, for: .zsh).contains(
                "(\(note))".replacing("(", with: "\\(").replacing(")", with: "\\)").replacing(":", with: "\\:")))
        #expect(CompletionScript.render(Self.table, for: .fish).contains("(\(note))"))
    }
}
