import CommandLineKit
import FoundationEssentials
import TestSupport
import Testing

@testable import QRPayCLI

/// A command line that is wrong by itself is refused before anything is opened: no store, no key, no file is made.
@Suite struct BadArgumentTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var line: [String]
        var code: String
        var testDescription: String { "\(line.joined(separator: " ")): \(name)" }

        init(_ name: String, _ line: String, code: String = "usage") {
            self.name = name
            self.line = line.split(separator: " ").map(String.init)
            self.code = code
        }
    }

    private static let words = [
        Case("choice", "order list --status PAID"), Case("choice", "task list --state x"),
        Case("choice", "task list --kind x"), Case("choice", "task list --by x"),
        Case("choice", "task requeue --kind x --yes"), Case("choice", "task requeue --state x --yes"),
        Case("choice", "task cancel --kind x --yes"), Case("choice", "task pause x"), Case("choice", "task resume x"),
        Case("choice", "task schedule x"), Case("choice", "work --drain --kind zzz"), Case("choice", "work --kind zzz"),
        Case("choice", "preorder create - --format xml"), Case("choice", "preorder create - --qr-style x"),
        Case("choice", "preorder create - --qr x.gif"), Case("choice", "receipt render x.json --format xml"),
        Case("choice", "receipt render x.json --unit x"), Case("choice", "receipt check x.json --unit x"),
        Case("choice", "receipt render x.json -o x.gif"),
        Case("choice", "explore --variant x"), Case("choice", "explore --cards x"),
        Case("choice", "explore --without x"), Case("choice", "explore --strategy x"),
        Case("choice", "sandbox decide i maybe"), Case("choice", "events outbox --state x"),
        Case("choice", "events outbox --type order.eaten"), Case("choice", "events resend --type x --yes"),
        Case("broker", "events consume --broker x"), Case("broker", "work --broker http://localhost"),
        Case("broker", "serve --broker amqps://localhost"), Case("broker", "pay o --uid u --method m --broker amqp://"),
        Case("broker", "order refund o --broker x"), Case("broker", "task run 1 --broker x"),
        Case("choice", "ordering serve --style soap"), Case("choice", "ordering serve --only kitchen"),
        Case("broker", "ordering serve --broker kafka://h"), Case("choice", "ordering user show --user U --style x"),
        Case("broker", "ordering account show --user U --broker x"), Case("choice", "ordering basket --style x"),
        Case("choice", "ordering order list --user U --style x"),
        Case("broker", "ordering order show o --user U --broker x"),
        Case("choice", "ordering notification list --user U --style x"),
        Case("choice", "ordering trace o --against x"), Case("choice", "ordering compare --styles soap"),
        Case("choice", "ordering explore --style x"), Case("choice", "ordering explore --variant x"),
        Case("choice", "ordering explore --under x"), Case("choice", "ordering explore --only x"),
        Case("choice", "sandbox fault add --partner bank --kind reset"),
        Case("choice", "sandbox fault add --partner eda --kind x"), Case("choice", "completion tcsh"),
        Case("currency", "preorder create - --currency XYZ", code: "bad_bill"),
        Case("currency", "cashback rules add 5 --cap 1 --currency XYZ", code: "bad_amount"),
    ]

    private static let ranges = [
        Case("below", "order list --limit 0"), Case("above", "order list --limit 1000001"),
        Case("below", "task list --limit 0"), Case("below", "task list --attempts 0"),
        Case("below", "task backfill --limit 0"), Case("below", "task schedule receipt.fetch --limit 0"),
        Case("below", "events list --limit 0"), Case("below", "events outbox --limit 0"),
        Case("below", "receipt list --limit 0"), Case("below", "task show 0"), Case("below", "task why 0"),
        Case("below", "task run 0"), Case("below", "task requeue 0"), Case("below", "task cancel -1"),
        Case("below", "ordering account deposit 0 --user U"), Case("above", "ordering account withdraw 1e15 --user U"),
        Case("too precise", "ordering order create 1.001 --user U"),
        Case("below", "ordering order create 0.99 --user U"),
        Case("above", "ordering order create 5 --user U --timeout 2h"),
        Case("no length", "ordering order show o --user U --wait soon"),
        Case("above", "ordering serve --answer-within 61s"), Case("no address", "ordering serve --listen x"),
        Case("no email", "ordering user login Pavel"), Case("no email", "ordering user add a@b@c"),
        Case("below", "work --concurrency 0"), Case("above", "work --drain --concurrency 1001"),
        Case("no length", "work --drain --horizon x"), Case("above", "serve --workers 257"),
        Case("below", "serve --connections 0"), Case("below", "serve --connections-per-address 0"),
        Case("no address", "serve --listen x"), Case("no address", "sandbox --listen x"),
        Case("below", "sandbox --connections 0"), Case("above", "receipt link d --expires 8d"),
        Case("below", "receipt link d --expires 0s"), Case("below", "receipt render x.json --width 31"),
        Case("above", "receipt render x.json --dpi 601"), Case("no length", "task requeue 1 --spread soon"),
        Case("no length", "task list --age soon"), Case("below", "pay o --uid u --method m --bill-version 0"),
        Case("no length", "pay o --uid u --method m --timeout soon"), Case("no length", "order refund o --timeout x"),
        Case("no line", "order refund o --line 0"), Case("no line", "order refund o --line x"),
        Case("no amount", "order refund o --line 1:x", code: "bad_amount"),
        Case("no amount", "order refund o --amount x", code: "bad_amount"),
        Case("no key", "order refund o --idempotency-key="),
        Case("above", "restaurant add c --name n --cashback 101", code: "bad_amount"),
        Case("no name", "restaurant add c --name="), Case("above", "cashback rules add 101", code: "bad_amount"),
        Case("no amount", "cashback rules add 5 --cap x", code: "bad_amount"),
        Case("below", "cashback rules add 5 --cap 0", code: "bad_rule"),
        Case("ended before it begins", "cashback rules add 5 --until 2020-01-01", code: "bad_rule"),
        Case("too precise", "cashback rules add 5 --minimum-bill 1.234", code: "bad_amount"),
        Case("below", "restaurant set c --cashback 5 --cap 0", code: "bad_rule"),
        Case("below", "explore --users 0"), Case("above", "explore --crashes 10"), Case("below", "simulate --seed=-1"),
        Case("above", "ordering explore --presses 10"),
        Case("above", "sandbox fault add --partner eda --kind latency --latency 11m"),
        Case("below", "sandbox decide i approve --operation 0"), Case("below", "sandbox fault clear 0"),
    ]

    private static let texts = [
        Case("identifier", "order show a,b"), Case("identifier", "order history a,b"),
        Case("identifier", "order status a,b"), Case("identifier", "order cancel a,b"),
        Case("identifier", "order refund a,b"), Case("identifier", "pay a,b --uid u --method m"),
        Case("identifier", "pay o --uid a,b --method m"), Case("identifier", "pay o --uid u --method a,b"),
        Case("identifier", "preorder show a,b --uid u"), Case("identifier", "preorder show o --uid a,b"),
        Case("identifier", "preorder create - --restaurant a,b"), Case("identifier", "preorder create - --bill-id a,b"),
        Case("identifier", "restaurant add a/b --name n"), Case("identifier", "restaurant add c --name n --zone a,b"),
        Case("identifier", "restaurant set a/b --everywhere"), Case("identifier", "restaurant key a/b"),
        Case("identifier", "restaurant show a/b"), Case("identifier", "cashback show a,b"),
        Case("identifier", "cashback rules --restaurant a,b"),
        Case("identifier", "cashback rules add 5 --restaurant a,b"), Case("identifier", "cashback rules end a,b"),
        Case("identifier", "task list --order a,b"), Case("identifier", "task list --restaurant a,b"),
        Case("identifier", "task list --error-class a,b"), Case("identifier", "task backfill --order a,b"),
        Case("number", "ordering message show 17"), Case("number", "ordering message why kitchen/17"),
        Case("number", "ordering message requeue billing/0"), Case("number", "ordering message skip order/x"),
        Case("identifier", "ordering message list --error-class a,b"),
        Case("service", "ordering message resend i --service kitchen"),
        Case("state", "ordering outbox list --state lost"),
        Case("none of several", "ordering outbox resend", code: "empty_filter"),
        Case("style", "ordering topology apply --style soap"), Case("style", "ordering topology show --style soap"),
        Case("same store", "store copy --from a.db --to a.db"), Case("--to", "store copy --from a.db"),
        Case("service", "ordering doctor --service kitchen"), Case("URL", "ordering broker check http://h/"),
        Case("identifier", "task requeue --undo a,b"), Case("identifier", "receipt list a,b"),
        Case("identifier", "receipt show a,b"), Case("identifier", "receipt link a,b"),
        Case("identifier", "receipt open a,b"), Case("identifier", "receipt render --document a,b"),
        Case("identifier", "events list --order a,b"), Case("identifier", "events resend --order a,b"),
        Case("time", "events outbox --since soon"), Case("time", "order list --since soon"),
        Case("time", "task list --until soon"),
        Case("time", "cashback audit --since 30"), Case("time", "cashback rules add 5 --from soon"),
        Case("time", "cashback rules end r --at soon"), Case("time", "restaurant set c --cashback 5 --until soon"),
    ]

    private static let groups = [
        Case("exclusive", "restaurant set c --zone z --everywhere"),
        Case("exclusive", "receipt render x.json --document d"),
        Case("exclusive", "receipt render --out-dir p x.json -o y.pdf"),
        Case("exclusive", "receipt render --out-dir p --document d"),
        Case("exclusive", "receipt render --out-dir p x.json q/x.json"),
        Case("exclusive", "receipt render x.json y.json"), Case("exclusive", "task requeue 1 --undo b"),
        Case("exclusive", "task requeue --undo b --state stuck"), Case("exclusive", "task requeue --undo b --yes"),
        Case("exclusive", "simulate --server http://127.0.0.1:1 --dir d"),
        Case("exclusive", "ordering contract --openapi --proto"),
        Case("needs", "ordering serve --service-listen 127.0.0.1:0"),
        Case("exclusive", "ordering user show --user U --server http://127.0.0.1:1"),
        Case("exclusive", "ordering order create 5 --stores d --server http://127.0.0.1:1"),
        Case("exclusive", "ordering user login a@b --style http --server http://127.0.0.1:1"),
        Case("exclusive", "man --markdown --settings"), Case("exclusive", "man --openapi --markdown"),
        Case("exclusive", "explore --replay qx1-A --users 2"), Case("exclusive", "explore --seed 1"),
        Case("exclusive", "explore --strategy pct --preemptions 1"),
        Case("exclusive", "ordering explore --replay qo1-A --style http"),
        Case("exclusive", "sandbox fault add --partner eda --kind reset --first 1 --probability 0.1"),
        Case("exclusive", "cashback audit --csv f --html f"),
        Case("exclusive", "events list --order o --refused"),
        Case("empty period", "events resend --since 1h --until 1h --yes"),
        Case("empty period", "order list --since 1h --until 1h"),
        Case("empty period", "task list --since 1h --age 2h"),
        Case("empty period", "task requeue --since 1h --until 2h --yes"),
        Case("empty period", "cashback audit --since 1h --until 2h"),
        Case("partner missing", "cashback audit --accept x --reason y"),
        Case("partner missing", "cashback audit --baseline b --accept-all"),
        Case("partner missing", "cashback audit --yes"), Case("partner missing", "cashback audit --expect x"),
        Case("partner missing", "cashback audit --reason x"), Case("partner missing", "restaurant set c --cap 5"),
        Case("partner missing", "restaurant set c --cashback 5 --currency RUB"),
        Case("partner missing", "cashback rules add 5 --currency RUB"), Case("partner missing", "simulate --store s"),
        Case("partner missing", "sandbox fault add --partner eda --kind latency"),
        Case("partner missing", "sandbox fault add --partner eda --kind reset --status 500"),
        Case("partner missing", "sandbox fault add --partner eda --kind reset --seed 5"),
        Case("partner missing", "preorder create - --format lines --restaurant r", code: "bad_bill"),
        Case("none of several", "restaurant set c"), Case("none of several", "receipt render"),
        Case("none of several", "receipt render --out-dir p"),
        Case("none of several", "task requeue --yes", code: "empty_filter"),
        Case("none of several", "task cancel --yes", code: "empty_filter"),
        Case("required", "pay o --uid u"), Case("required", "restaurant add c"), Case("required", "preorder show o"),
        Case("required", "order show"), Case("required", "task show"), Case("required", "restaurant key"),
    ]

    @Test(arguments: words + ranges + texts + groups)
    func `a bad argument is refused and nothing is made`(_ example: Case) async throws {
        try await withEmptyFolder { folder, run async throws in
            let result = await run(example.line)
            result.failed(2, example.code)
            let json = await run(["--json"] + example.line)
            json.failed(2, example.code)
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder) == [], "\(result)")
        }
    }

    /// The commands that open the store, by what they do with a good line: each is among the cases above.
    @Test func `every command that takes arguments is among the cases`() {
        let tried = (Self.words + Self.ranges + Self.texts + Self.groups).map(\.line)
        let withoutChoice = Set([
            "demo", "ordering demo", "simulate show", "doctor", "config", "version", "help", "task stats",
            "restaurant list", "simulate list", "sandbox state", "sandbox fault list", "store migrate",
        ])
        for command in CommandRegistry.table.allCommands
        where !command.options.isEmpty || !command.arguments.isEmpty {
            let isTried = tried.contains { $0.starts(with: command.path) }
            #expect(isTried || withoutChoice.contains(command.title), "\(command.title)")
        }
    }

    /// Refused values of every option and argument that refuses any, taken from the table itself.
    @Test func `no option takes nonsense where a range or a choice is declared`() async throws {
        try await withEmptyFolder { folder, run async throws in
            for command in CommandRegistry.table.commands {
                let required = command.options.filter(\.isRequired).flatMap { [$0.label, "1"] }
                let words = command.arguments.filter { !$0.isOptional }.map { _ in "1" }
                for option in command.options where option.range != nil {
                    let line = command.path + words + required.filter { _ in true } + ["\(option.label)=nonsense"]
                    let result = await run(line)
                    #expect(result.status == 2, "\(result)")
                }
            }
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder) == [])
        }
    }

    /// Runs lines where the store, the keys and everything else would be made in an empty folder.
    private func withEmptyFolder(
        _ body: (_ folder: String, _ run: ([String]) async -> CommandRun) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let folder = directory.file("home")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await body(folder) { line in
            let (stdout, stderr) = (Recorder(), Recorder())
            var context = Context.live()
            context.output = stdout.sink
            context.errors = stderr.sink
            context.terminal = .pipe
            context.errorTerminal = .pipe
            context.readInput = { _ in
                Issue.record("standard input is read")
                return []
            }
            context.environment = ["HOME": folder]
            context.makeTransport = {
                Issue.record("a connection is made")
                return Context.live().makeTransport()
            }
            let status = await Program.run(line, context)
            return CommandRun(line, status: status, stdout: stdout.text, stderr: stderr.text)
        }
    }
}
