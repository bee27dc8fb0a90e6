import CommandLineKit
import FoundationEssentials
import TestSupport
import Testing

@Suite struct ReferenceTests {
    @Test(arguments: [
        ("help.txt", []), ("help-sale.txt", ["sale"]), ("help-open.txt", ["open"]),
        ("help-sale-add.txt", ["sale", "add"]), ("help-help.txt", ["help"]), ("help-drawer.txt", ["drawer"]),
        ("help-drawer-coin.txt", ["drawer", "coin"]),
    ])
    func `a help page matches its golden file`(_ name: String, _ path: [String]) throws {
        try expectGolden(HelpPage.render(till, path: path).text, name)
    }

    @Test(arguments: [1, 40, 60, 80, 100, 500])
    func `a help page keeps to its width`(_ width: Int) {
        for path in [[], ["sale"], ["sale", "list"], ["open"], ["drawer"]] {
            let lines = HelpPage.render(till, path: path, width: width).text.split(separator: "\n")
            // Only examples, which are never wrapped, may be longer.
            let long = lines.filter { TerminalText.width(String($0)) > min(max(width, 40), 100) && !$0.contains("$ ") }
            #expect(long.isEmpty, "\(path) at \(width)")
        }
    }

    @Test func `only headings are styled`() {
        let styled = HelpPage.render(till, path: ["sale", "add"], style: TextStyle(isEnabled: true)).text
        let headings = styled.split(separator: "\n").filter { $0.contains("\u{1B}") }
        #expect(headings.count == 6)
        #expect(headings.allSatisfy { $0.hasPrefix("\u{1B}[1m") && $0.hasSuffix(":\u{1B}[0m") })
    }

    @Test func `the Markdown table matches its golden file`() throws {
        let text = MarkdownReference.commands(of: till) + "\n" + MarkdownReference.options(of: till)
        try expectGolden(text, "reference.md")
    }

    @Test func `the man page matches its golden file`() throws {
        try expectGolden(ManPage.render(till, date: "November 20, 2025"), "till.1")
    }

    @Test func `the man page renders without warnings`() throws {
        let mandoc = try #require(Tool("mandoc"))
        let folder = try TemporaryDirectory()
        let page = folder.file("till.1")
        try Data(ManPage.render(hostile, date: "November 20, 2025").utf8).write(to: URL(filePath: page))
        let lint = try mandoc.run(["-Tlint", "-Wall", page], in: folder.path)
        #expect(lint.status == 0 && lint.output.isEmpty, "\(lint.output)")

        let printed = try mandoc.run(["-Tutf8", "-Owidth=200", page], in: folder.path).output
        // Bold is rendered as overstriking.
        var text = ""
        for character in printed {
            if character == "\u{8}" { text.removeLast() } else { text.append(character) }
        }
        for expected in [
            "2025-11-20 12:00  coffee  \\o/  3.50", "'Dry runs' are the default", "- --note 'on the house'",
        ] {
            #expect(text.contains(expected), "no \(expected) in:\n\(text)")
        }
    }

    /// The sample table with text that roff could interpret.
    private var hostile: CommandTable {
        var table = till
        table.commands[0].summary = "Ar Op .Sh \\fB 'quoted' \"text\" naïve ~ ^ ` | (x)"
        table.commands[0].discussion =
            ".Sh INJECTED\n\n    .Sh INJECTED\n    'br\n    \\&\n\n' one. Two! Three (3.) four"
        table.commands[0].options[0].value = "Ar"
        table.commands[0].options[0].default = "\"; .Ex"
        table.commands[1].arguments[0].name = "."
        table.environment.append(EnvironmentSpec(name: "Xo", summary: "Нет"))
        return table
    }
}
