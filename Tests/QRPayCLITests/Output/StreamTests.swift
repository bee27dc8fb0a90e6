import CommandLineKit
import Explorer
import QRPayCLI
import Synchronization
import TestSupport
import Testing

/// Which output goes to which stream, and its format.
@Suite struct StreamTests {
    private static let terminal = Terminal(isTerminal: true, columns: 120)
    private static let colored = Terminal(isTerminal: true, columns: 120, isColorEnabled: true)

    /// A stage with an order paid, one declined and a task that waits.
    private func onBusyStage(_ body: (Stage, String) async throws -> Void) async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.paidOrder(Stage.bill("b-1"))
            let declined = try await stage.order(Stage.bill("b-2"))
            #expect(await stage.qrpay("pay", declined, "--uid", "u", "--method", "card-decline").status == 1)
            try await body(stage, id)
        }
    }

    private static func results(_ id: String) -> [[String]] {
        [
            ["order", "list"], ["order", "show", id], ["order", "history", id], ["order", "status", id],
            ["task", "list"],
            ["task", "show", "1"], ["preorder", "show", id, "--uid", "guest"], ["restaurant", "list"],
        ]
    }

    @Test func `results are tab-separated without a header in a pipe`() async throws {
        try await onBusyStage { stage, id async throws in
            for arguments in Self.results(id) {
                let run = await stage.qrpay(arguments)
                #expect(run.status == 0 && run.stderr.isEmpty && run.stdout.hasSuffix("\n"), "\(run)")
                #expect(run.rows.allSatisfy { $0.count > 1 } && run.hasNothingUnseen, "\(run)")
            }
            let rows = await stage.qrpay("order", "list").rows
            #expect(rows.map { $0[1] } == ["HOLD_FAILED", "CLEARED"] && rows.allSatisfy { $0.count == 7 })
        }
    }

    @Test func `lists are tables on a terminal`() async throws {
        try await onBusyStage { stage, id async throws in
            let table = await stage.qrpay(["order", "list"], terminal: Self.terminal)
            let lines = table.stdout.split(separator: "\n")
            #expect(lines.count == 3 && lines[0].hasPrefix("ORDER ") && lines[0].contains("  STATUS "), "\(table)")
            #expect(!table.stdout.contains("\t"), "\(table)")
            let empty = await stage.qrpay(["receipt", "list"], terminal: Self.terminal)
            #expect(empty.stdout.isEmpty && empty.stderr == "no receipts\n", "\(empty)")
            #expect(await stage.qrpay("receipt", "list").stderr.isEmpty)
        }
    }

    @Test func `colors are for terminals only`() async throws {
        try await onBusyStage { stage, id async throws in
            #expect(await stage.qrpay(["order", "list"], terminal: Self.colored).stdout.contains("\u{1B}[32mCLEARED"))
            for arguments in Self.results(id) + [["order", "show", "nobody"], ["help"]] {
                for terminal in [Terminal.pipe, Self.terminal] {
                    let run = await stage.qrpay(arguments, terminal: terminal)
                    #expect(!(run.stdout + run.stderr).contains("\u{1B}"), "\(run)")
                }
                let json = await stage.qrpay(arguments + ["--json"], terminal: Self.colored)
                if arguments != ["help"] { #expect(!(json.stdout + json.stderr).contains("\u{1B}"), "\(json)") }
            }
            let error = await stage.qrpay(["order", "show", "nobody"], terminal: Self.colored)
            #expect(error.stderr.hasPrefix("\u{1B}[31mqrpay:\u{1B}[0m "), "\(error)")
        }
    }

    @Test(
        arguments: [
            (true, [:], true), (true, ["NO_COLOR": "1"], false), (true, ["NO_COLOR": ""], true),
            (true, ["TERM": "dumb"], false), (false, [:], false),
        ] as [(Bool, [String: String], Bool)])
    func `when colors are on`(_ isTerminal: Bool, _ environment: [String: String], _ isColored: Bool) {
        let terminal = Terminal(isTerminal: isTerminal, environment: { environment[$0] })
        #expect(terminal.isColorEnabled == isColored)
    }

    @Test func `a reader that stops early is not an error`() async throws {
        try await onBusyStage { stage, id async throws in
            for arguments in Self.results(id) + [["help"], ["version"], ["completion", "bash"], ["man"]] {
                let run = await stage.qrpay(arguments, adjust: { $0.output = OutputSink { _ in throw ClosedPipe() } })
                #expect(run.status == 0 && run.stderr.isEmpty, "\(run)")
            }
        }
    }

    /// The result and its exit status do not depend on a reader of warnings.
    @Test func `standard error need not be read`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let deaf = OutputSink { _ in throw ClosedPipe() }
            let created = await stage.qrpay(
                ["preorder", "create", "-", "--json"], input: Stage.bill(amount: "1.00", lines: [("Soup", "2.00")]),
                adjust: { $0.errors = deaf })
            let id = try #require(try created.json()["order_id"].text, "\(created)")
            #expect(await stage.qrpay(["order", "show", "nobody"], adjust: { $0.errors = deaf }).status == 3)
            #expect(await stage.qrpay(["task", "requeue", "1"], adjust: { $0.errors = deaf }).status == 0)
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve").succeeded()
            try await stage.settle()
            try await stage.loseCashback()
            let audit = await stage.qrpay(["cashback", "audit"], adjust: { $0.errors = deaf })
            #expect(audit.status == 1 && audit.rows.count == 1, "the finding counts\n\(audit)")
        }
    }
}

extension CommandRun {
    /// Whether everything it printed can be seen: no control characters but newlines and tabs, nothing invisible.
    var hasNothingUnseen: Bool {
        (stdout + stderr).unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar == "\n" || scalar == "\t"
            case .format, .lineSeparator, .paragraphSeparator, .surrogate: false
            default: true
            }
        }
    }
}
