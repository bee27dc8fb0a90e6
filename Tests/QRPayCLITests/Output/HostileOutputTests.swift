import CommandLineKit
import Explorer
import FoundationEssentials
import PaymentCore
import QRPayCLI
import TestSupport
import Testing

/// External text in all output: it must not control a terminal, or break a line or a column.
@Suite struct HostileOutputTests {
    private static let hostile =
        "x\u{1B}]0;t\u{7}\u{1B}[2J\n\r\t\u{9B}31m\u{7F}\u{8}\u{202E}\u{2066}\u{2028}\u{200B}\u{85}\"\u{301}y"
    private static let terminal = Terminal(isTerminal: true, columns: 100)
    private static let colored = Terminal(isTerminal: true, columns: 100, isColorEnabled: true)

    /// All names in a store that come from users and partners.
    private func fill(_ stage: Stage) async throws -> (order: String, task: String) {
        let hostile = Self.hostile
        try await stage.qrpay("restaurant", "add", "cafe-42", "--name", hostile, "--cashback", "30").succeeded()
        let name = JSON.string(hostile).json
        let bill = """
            {"client_id":"cafe-42","internal_order_id":"h1","bill":{"currency":"RUB","amount":"100.00",
             "elements":[{"name":\(name),"amount":"100.00"}]}}
            """
        let created = try await stage.qrpay(["preorder", "create", "-", "--json"], input: bill).succeeded().json()
        let order = try #require(created["order_id"].text)
        try await stage.qrpay("task", "pause", "order.expire", "--reason", hostile).succeeded()
        try await stage.qrpay("task", "pause", "payment.settle", "--reason", hostile).succeeded()
        let tasks = try await stage.qrpay("task", "list", "--json").succeeded().json()
        let task = try #require(tasks.elements.first?["task_id"].text)
        try await stage.qrpay("task", "requeue", task, "--reason", hostile).succeeded()
        return (order, task)
    }

    @Test func `no text of a store acts on a terminal or breaks a line`() async throws {
        try await Stage.run { stage async throws in
            let (order, task) = try await fill(stage)
            let config = try stage.file("hostile.json", "{\"\(Self.hostile.filter { $0 != "\"" })\": 1}")
            let commands: [[String]] = [
                ["restaurant", "list"], ["restaurant", "show", "cafe-42"], ["preorder", "show", order, "--uid", "1"],
                ["order", "list"], ["order", "show", order], ["order", "history", order], ["order", "status", order],
                ["task", "list"], ["task", "show", task], ["task", "why", task], ["task", "stats"],
                ["task", "requeue", task], ["task", "requeue", "--kind", "order.expire", "--reason", Self.hostile],
                ["task", "pause", "order.expire", "--reason", Self.hostile], ["work", "--drain", "--horizon", "0s"],
                ["cashback", "rules", "list"], ["cashback", "show", order], ["cashback", "audit"], ["config"],
                ["doctor"], ["sandbox", "state"], ["receipt", "list"], ["simulate", "list"],
                // The user's own input appears in messages.
                [Self.hostile], ["order", "list", "--status", Self.hostile], ["order", "list", Self.hostile],
                ["order", "list", "--since", Self.hostile], ["order", "list", "--limit", Self.hostile],
                ["order", "show", Self.hostile], ["task", "show", Self.hostile], ["task", "pause", Self.hostile],
                ["receipt", "check", Self.hostile], ["receipt", "render", Self.hostile, "--format", "text"],
                ["preorder", "create", Self.hostile], ["simulate", Self.hostile], ["simulate", "./\(Self.hostile)"],
                ["explore", "--replay", Self.hostile], ["explore", "--variant", Self.hostile],
                ["ordering", "explore", "--replay", Self.hostile], ["ordering", "explore", "--style", Self.hostile],
                ["cashback", "audit", "--ledger", Self.hostile], ["restaurant", "add", Self.hostile],
                ["order", "list", "--config", Self.hostile], ["order", "list", "--config", config],
                ["order", "list", "--profile", Self.hostile], ["order", "list", "--store", "/\(Self.hostile)/x"],
                ["order", "list", "--partners", Self.hostile], ["order", "list", "--server", Self.hostile],
                ["sandbox", "fault", "add", Self.hostile, "--kind", Self.hostile],
                ["serve", "--listen", Self.hostile], ["demo", "--dir", "/dev/null/\(Self.hostile)"],
            ]
            for command in commands {
                for (terminal, extra) in [
                    (Terminal.pipe, [String]()), (Self.terminal, []), (Self.colored, []), (.pipe, ["--json"]),
                ] {
                    let run = await stage.qrpay(command + extra, terminal: terminal)
                    expectSafe(run.stdout, terminal, run)
                    expectSafe(run.stderr, terminal, run)
                }
            }
        }
    }

    @Test func `a drain tells of a pause on one line`() async throws {
        try await Stage.run { stage async throws in
            _ = try await fill(stage)
            let run = await stage.qrpay("work", "--drain", "--horizon", "0s")
            let left = run.stderr.split(separator: "\n")
            #expect(left.count == 1 && left[0].contains(#"because: x\u{1B}]0;t\u{7}\u{1B}[2J\n\r\t"#), "\(run)")
            let fields = try await stage.qrpay("task", "pause", "order.expire").succeeded()
            #expect(fields.value("reason")?.hasPrefix(#"x\u{1B}]0;t"#) == true, "\(fields)")
            #expect(fields.rows.allSatisfy { $0.count == 2 }, "\(fields)")
        }
    }

    @Test func `names in a receipt act on no terminal`() async throws {
        try await Stage.run { stage async throws in
            let name = JSON.string(Self.hostile).json
            let receipt = """
                {"user":\(name),"totalSum":100,"cashTotalSum":100,"operationType":1,"items":[
                 {"name":\(name),"price":100,"quantity":1,"sum":90}]}
                """
            let path = try stage.file("receipt.json", receipt)
            for terminal in [Terminal.pipe, Self.terminal, Self.colored] {
                for command in [["receipt", "check", path], ["receipt", "render", path, "--format", "text"]] {
                    let run = await stage.qrpay(command, terminal: terminal)
                    expectSafe(run.stdout, terminal, run)
                    expectSafe(run.stderr, terminal, run)
                }
            }
        }
    }

    /// Expects nothing that acts on a terminal but line ends, tabs in a pipe, and the program's own colours and
    /// progress.
    private func expectSafe(
        _ text: String, _ terminal: Terminal, _ run: CommandRun, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let own = /\u{1B}\[([0-9]{1,2})m|\r\u{1B}\[K/
        let plain = terminal.isColorEnabled ? text.replacing(own, with: "") : text
        let active = plain.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar != "\n" && !(scalar == "\t" && !terminal.isTerminal)
            case .format, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
        #expect(active.isEmpty, "\(active.map { String($0.value, radix: 16) })\n\(run)", sourceLocation: sourceLocation)
        // Hostile text never adds a line or a column.
        let lines = plain.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(!lines.contains { $0.hasPrefix("\t") || $0.hasPrefix("\\r") }, "\(run)", sourceLocation: sourceLocation)
    }
}
