import CommandLineKit
import Testing

private func menu() -> TextTable {
    var table = TextTable(columns: [
        .init("ID", isShrinkable: false), .init("DISH", maximumWidth: 20), .init("PRICE", alignment: .right),
        .init("NOTE"),
    ])
    table.append(["a-1", "Борщ", "120.00", ""])
    table.append(["a-2", "寿司", "9.50", "fresh\tdaily\u{1B}[2J"])
    table.append([.init("a-3", effect: .red), "A very long name of a dish", "1200.00", "ok"])
    return table
}

@Suite struct TextTableTests {
    @Test func `a terminal gets aligned columns`() {
        #expect(
            menu().render(.terminal(columns: 80, style: .plain)) == """
                ID   DISH                    PRICE  NOTE
                a-1  Борщ                   120.00
                a-2  寿司                     9.50  fresh\\tdaily\\u{1B}[2J
                a-3  A very long name of…  1200.00  ok

                """)
    }

    @Test func `a narrow terminal truncates the widest columns`() {
        let text = menu().render(.terminal(columns: 36, style: .plain)).text
        #expect(
            text == """
                ID   DISH          PRICE  NOTE
                a-1  Борщ         120.00
                a-2  寿司           9.50  fresh\\tda…
                a-3  A very lo…  1200.00  ok

                """)
        #expect(text.split(separator: "\n").allSatisfy { TerminalText.width(String($0)) <= 36 })
    }

    @Test func `columns that cannot shrink keep their width`() {
        let text = menu().render(.terminal(columns: 5, style: .plain)).text
        #expect(text.contains("a-1  Борщ"))
        #expect(text.contains("A ver…"))
    }

    @Test func `a last column that does not fit goes below`() {
        var table = TextTable(columns: [
            .init("ID", isShrinkable: false), .init("STATE"), .init("ERROR", minimumWidth: 12),
        ])
        table.append(["0123456789", "stuck", "timed_out: no answer within 5 s"])
        table.append(["9876543210", "ready", "-"])
        #expect(
            table.render(.terminal(columns: 32, style: .plain)) == """
                ID          STATE  ERROR
                0123456789  stuck  timed_out: n…
                9876543210  ready  -

                """)
        #expect(
            table.render(.terminal(columns: 30, style: .plain)) == """
                ID          STATE
                      ERROR
                0123456789  stuck
                      timed_out: no answer wi…
                9876543210  ready

                """)
        table.hidden = ["STATE"]
        #expect(
            table.render(.terminal(columns: 30, style: .plain)) == """
                ID          ERROR
                0123456789  timed_out: no ans…
                9876543210  -

                """)
        #expect(table.render(.pipe).text.hasPrefix("0123456789\tstuck\ttimed_out"))
    }

    @Test(.timeLimit(.minutes(5)))
    func `a huge cell is truncated`() {
        var table = TextTable(columns: [.init("A"), .init("B")])
        table.append([.init(String(repeating: "\u{1B}", count: 300_000)), "b"])
        let lines = table.render(.terminal(columns: 40, style: .plain)).text.split(separator: "\n")
        #expect(lines.map { $0.count } == [40, 40])
    }

    @Test func `a cell may have a shorter form for readers`() {
        var table = TextTable(columns: [.init("WHEN"), .init("WHAT")])
        table.append([.init("2026-01-31T09:30:00.250Z", onTerminal: "5m ago"), "x"])
        #expect(table.render(.terminal(columns: 80, style: .plain)) == "WHEN    WHAT\n5m ago  x\n")
        #expect(table.render(.pipe) == "2026-01-31T09:30:00.250Z\tx\n")
    }

    @Test func `styles do not move cells`() {
        let lines = menu().render(.terminal(columns: 80, style: TextStyle(isEnabled: true))).text.split(separator: "\n")
        #expect(lines[0].hasPrefix("\u{1B}[1mID\u{1B}[0m   \u{1B}[1mDISH\u{1B}[0m"))
        #expect(lines[3].hasPrefix("\u{1B}[31ma-3\u{1B}[0m  A very"))
    }

    @Test func `a pipe gets tab-separated columns`() {
        #expect(
            menu().render(.pipe) == """
                a-1\tБорщ\t120.00\t
                a-2\t寿司\t9.50\tfresh\\tdaily\\u{1B}[2J
                a-3\tA very long name of a dish\t1200.00\tok

                """)
    }

    @Test func `a table without rows is empty`() {
        let table = TextTable(columns: [.init("ID")])
        #expect(table.render(.pipe) == "")
        #expect(table.render(.terminal(columns: 80, style: .plain)) == "")
    }

    @Test func `the mode follows the terminal`() {
        #expect(menu().render(.init(.pipe)) == menu().render(.pipe))
        let terminal = Terminal(isTerminal: true, columns: 36)
        #expect(menu().render(.init(terminal)) == menu().render(.terminal(columns: 36, style: .plain)))
    }
}
