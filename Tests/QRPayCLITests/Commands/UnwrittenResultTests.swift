import Explorer
import FoundationEssentials
import Glibc
import QRPayCLI
import TestSupport
import Testing

/// Effects whose result could not be written: exit status 9, what was done, and no advice to repeat it.
@Suite struct UnwrittenResultTests {
    private static let full = OutputSink { _ in throw OutputFailure(stream: "standard output", ENOSPC) }

    /// A command with an effect, and the phrases that report it.
    private struct Case: Sendable {
        var name: String
        /// `ORDER`, `OTHER`, `TASK` and `RULE` stand for objects of the stage.
        var arguments: [String]
        var phrases: [String]
        var input = ""
    }

    private static let cases = [
        Case(
            name: "pay", arguments: ["pay", "OTHER", "--uid", "u", "--method", "card-approve"],
            phrases: ["order OTHER: the payment has begun", "it is CLEARED, 120.50 RUB captured"]),
        Case(
            name: "pay and leave it",
            arguments: ["pay", "OTHER", "--uid", "u", "--method", "card-approve", "--no-wait"],
            phrases: ["order OTHER: the payment has begun", "it is HOLDING, 0.00 RUB captured"]),
        Case(
            name: "refund", arguments: ["order", "refund", "ORDER", "--amount", "20.50", "--again"],
            phrases: ["order ORDER: refund 3 of 20.50 RUB has begun", "it succeeded"]),
        Case(name: "cancel an order", arguments: ["order", "cancel", "OTHER"], phrases: ["order OTHER is CANCELED"]),
        Case(
            name: "take in a bill", arguments: ["preorder", "create", "-"], phrases: ["order ", " is created"],
            input: Stage.bill("b-3")),
        Case(
            name: "register a restaurant", arguments: ["restaurant", "add", "bar", "--name", "Bar"],
            phrases: ["restaurant bar is registered"]),
        Case(
            name: "change a restaurant", arguments: ["restaurant", "set", "cafe", "--name", "Bar"],
            phrases: ["restaurant cafe is changed"]),
        Case(
            name: "make a key", arguments: ["restaurant", "key", "cafe"],
            phrases: ["restaurant cafe: a new key was created, which cannot be shown again ('--rotate"]),
        Case(name: "make a rule", arguments: ["cashback", "rules", "add", "5"], phrases: ["rule ", " created"]),
        Case(name: "requeue", arguments: ["task", "requeue", "TASK"], phrases: ["requeued 1 task, batch "]),
        Case(name: "cancel a task", arguments: ["task", "cancel", "TASK"], phrases: ["canceled 1 task, batch "]),
        Case(name: "run a task", arguments: ["task", "run", "TASK"], phrases: ["task TASK: "]),
        Case(name: "pause", arguments: ["task", "pause", "receipt.fetch"], phrases: ["receipt.fetch is paused"]),
        Case(name: "work", arguments: ["work", "--drain", "--horizon", "0s"], phrases: ["worked: "]),
        Case(
            name: "a fault", arguments: ["sandbox", "fault", "add", "--partner", "check", "--kind", "reset"],
            phrases: ["fault 1 is in force"]),
        Case(name: "no faults", arguments: ["sandbox", "fault", "clear"], phrases: ["0 faults ended"]),
    ]

    @Test(arguments: cases.indices)
    func `an effect whose result cannot be written is reported on standard error`(_ number: Int) async throws {
        let one = Self.cases[number]
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let paid = try await stage.paidOrder(Stage.bill("b-1"))
            let other = try await stage.order(Stage.bill("b-2"))
            let tasks = try await stage.qrpay("task", "list", "--order", paid, "--json").succeeded().json().elements
            let waiting = try #require(tasks.first { $0["state"] != "done" }?["task_id"].text, "\(tasks)")
            func filled(_ text: String) -> String {
                text.replacing("ORDER", with: paid).replacing("OTHER", with: other).replacing("TASK", with: waiting)
            }
            for json in [[], ["--json"]] where json.isEmpty || one.name == "refund" {
                let run = await stage.qrpay(
                    one.arguments.map(filled) + json, input: one.input, adjust: { $0.output = Self.full })
                #expect(run.status == 9 && run.stdout.isEmpty, "\(one.name)\n\(run)")
                #expect(run.stderr.contains("result_not_written"), "\(run)")
                #expect(run.stderr.contains("standard output cannot be written: No space left on device"), "\(run)")
                if json.isEmpty {
                    for phrase in one.phrases { #expect(run.stderr.contains(filled(phrase)), "\(phrase)\n\(run)") }
                }
                for word in ["try again", "run it again", "once more"] { #expect(!run.stderr.contains(word), "\(run)") }
            }
        }
    }

    @Test func `a negative result takes precedence over a result that cannot be written`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let sinks = [Self.full, OutputSink { _ in throw ClosedPipe() }]
            for sink in sinks {
                let run = await stage.qrpay(
                    ["pay", id, "--uid", "u", "--method", "card-decline"], adjust: { $0.output = sink })
                run.failed(1, "payment_declined")
            }
        }
    }

    @Test func `a reading command says that its result could not be written`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            for arguments in [["order", "list"], ["order", "show", id], ["help"], ["version"], ["man"], ["doctor"]] {
                await stage.qrpay(arguments, adjust: { $0.output = Self.full })
                    .failed(9, "result_not_written", "standard output cannot be written")
            }
        }
    }

    @Test func `a full standard error changes nothing`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            for stream in [ChildProcess.Stream.file("/dev/full"), .closed] {
                let pay = ["pay", id, "--uid", "u", "--method", "card-approve", "--json"]
                let run = try await stage.run(pay, stderr: stream)
                #expect(try run.status == 0 && run.json()["status"] == "CLEARED", "\(run)")
                #expect(try await stage.run(["order", "show", "nobody"], stderr: stream).status == 3)
            }
        }
    }

    @Test func `an unusable path is refused before anything is done`() async throws {
        try await Stage.run { stage async throws in
            let create = ["preorder", "create", "-", "--qr"]
            await stage.expectFailure(
                create + [stage.directory.file("no/q.png")], 2, "cannot_write", "No such file", input: Stage.bill())
            #expect(try await stage.qrpay("order", "list").succeeded().rows.isEmpty)
            // The full device is detected only after the order is created.
            let device = stage.directory.file("q.png")
            try #require(symlink("/dev/full", device) == 0)
            let run = await stage.qrpay(create + [device], input: Stage.bill())
            run.failed(
                9, "result_not_written", "is created; this is done, but \(device): cannot be written: No space left")
            #expect(try await stage.qrpay("order", "list").succeeded().rows.count == 1)
        }
    }
}
