import Testing

@testable import CommandLineKit

private func text(_ arguments: [String]) -> String {
    do {
        _ = try till.parse(arguments, at: noon)
        return "no error"
    } catch let error as UsageError {
        return error.text(program: "till").text
    } catch {
        return "\(error)"
    }
}

@Suite struct UsageErrorTextTests {
    @Test(arguments: [
        (["oepn"], "unknown command 'oepn'\n  did you mean 'till open'?\n  try 'till --help'"),
        (["sale", "lits"], "unknown command 'lits'\n  did you mean 'till sale list'?\n  try 'till sale --help'"),
        (["list"], "unknown command 'list'\n  did you mean 'till sale list'?\n  try 'till --help'"),
        (["xyzzy"], "unknown command 'xyzzy'\n  try 'till --help'"),
        (
            ["sale", "list", "--sate", "x"],
            "unknown option '--sate'\n  did you mean '--state'?\n  try 'till sale list --help'"
        ),
        (
            ["sale", "list", "-limit", "3"],
            "unknown option '-l'\n  did you mean '--limit'?\n  try 'till sale list --help'"
        ),
        (
            ["--limti", "3", "sale", "list"],
            "unknown option '--limti'\n  did you mean '--limit'?\n  try 'till sale list --help'"
        ),
        (
            ["--limit", "3", "sale", "list"],
            "unknown option '--limit'\n  '--limit' goes after 'till sale list'\n  try 'till sale list --help'"
        ),
        (
            ["-s", "paid", "sale", "list"],
            "unknown option '-s'\n  '-s' goes after 'till sale list'\n  try 'till sale list --help'"
        ),
        (
            ["sale", "list", "--limit", "--json"],
            """
            option '--limit' needs a value: N
              for a value that begins with a dash, write '--limit=--json'
              try 'till sale list --help'
            """
        ),
        (
            ["drawer", "--bell", "state"],
            "option '--bell' is for 'drawer' alone and cannot come before 'state'\n  try 'till drawer --help'"
        ),
        (
            ["drawer", "stat"],
            "unknown command 'stat'\n  did you mean 'till drawer state'?\n  try 'till drawer --help'"
        ),
        (
            ["drawer", "--sond", "x", "coin", "add"],
            "unknown option '--sond'\n  did you mean '--sound'?\n  try 'till drawer coin add --help'"
        ),
        (["sale", "add"], "missing argument CUSTOMER\n  try 'till sale add --help'"),
    ])
    func `an error names the mistake and what to try`(_ arguments: [String], _ expected: String) {
        #expect(text(arguments) == "till: \(expected)\n")
    }

    @Test func `several words may be suggested`() {
        let error = UsageError.unknownCommand("x", command: [], suggestions: ["a", "b", "c"])
        #expect(error.hints(program: "till").first == "did you mean 'till a', 'till b' or 'till c'?")
    }

    @Test func `a huge word is truncated`() {
        let lines = text([String(repeating: "\u{202E}x", count: 1_000_000)]).split(separator: "\n")
        #expect(lines[0].count < 100)
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("abc", "abc", 0), ("kitten", "sitting", 3), ("ca", "abc", 3),
        ("list", "lits", 1), ("status", "statsu", 1),
    ])
    func `edit distance is computed`(_ a: String, _ b: String, _ expected: Int) {
        #expect(Suggestions.distance(Array(a), Array(b)) == expected)
        #expect(Suggestions.distance(Array(b), Array(a)) == expected)
    }

    @Test(arguments: [
        ("lst", ["list", "show", "last"], ["list", "last"]),
        ("st", ["status", "list", "start", "state", "stop"], ["status", "start", "state"]),
        ("s", ["status"], []),
        ("refnud", ["refund", "render"], ["refund"]),
        ("reconciliation", ["refund"], []),
    ])
    func `the nearest word is suggested`(_ word: String, _ candidates: [String], _ expected: [String]) {
        #expect(Suggestions.near(word, in: candidates) == expected)
    }
}
