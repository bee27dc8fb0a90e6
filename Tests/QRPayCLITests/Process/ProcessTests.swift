import Explorer
import FoundationEssentials
import Glibc
import HTTPKit
import PaymentPartners
import PaymentSandbox
import TestSupport
import Testing

/// The built program: streams, signals and servers as a shell has them.
@Suite struct ProcessTests {
    @Test func `a whole day of one order`() async throws {
        try await Stage.run { stage async throws in
            let bill = try stage.file("bill.json", Stage.bill())
            #expect(
                try await stage.run(["restaurant", "add", "cafe", "--name", "Кафе", "--cashback", "10"]).status == 0)
            let created = try await stage.run(["preorder", "create", bill, "--json"])
            let id = try #require(try created.json()["order_id"].text)
            try await stage.run(["pay", id, "--uid", "u", "--method", "card-approve"]).succeeded()
            try await stage.run(["work", "--drain", "--kind", "payment.settle", "--kind", "cashback.accrue"])
                .succeeded()
            try await stage.expectPaidOnce(id)
            let missing = try await stage.run(["order", "show", "nobody", "--json"])
            missing.failed(3, "order_not_found")
        }
    }

    // MARK: Streams

    @Test func `a reader that leaves early is not an error`() async throws {
        try await Stage.run { stage async throws in
            let bill = Stage.bill(amount: "100.00", lines: Array(repeating: ("Soup", "0.01"), count: 10_000))
            let id = try await stage.order(bill)
            // Far more than a pipe holds: the program is still writing when its reader exits.
            for arguments in [["preorder", "show", id, "--uid", "u"], ["order", "show", id, "--json"]] {
                let head = try await stage.run(arguments, stdout: .firstLine)
                #expect(head.status == 0 && head.stderr.isEmpty, "\(head)")
            }
            for arguments in [["order", "list"], ["help"], ["man"]] {
                let run = try await stage.run(arguments, stdout: .broken)
                #expect(run.status == 0 && run.stderr.isEmpty, "\(run)")
            }
        }
    }

    @Test func `an unwritable result is an error`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            for arguments in [["order", "list"], ["order", "show", id, "--json"], ["version"]] {
                let full = try await stage.run(arguments, stdout: .file("/dev/full"))
                #expect(full.status == 9, "\(full)")
                #expect(full.stderr.contains("standard output cannot be written: No space left on device"), "\(full)")
                let closed = try await stage.run(arguments, stdout: .closed)
                #expect(closed.status == 9, "\(closed)")
                #expect(closed.stderr.contains("standard output cannot be written: Bad file descriptor"), "\(closed)")
            }
        }
    }

    /// A failure of the ledger's temporary copy is not reported as a failure of the store.
    @Test func `a ledger larger than the space for its copy`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let tail = ",u,accrual,RUB,1.00,2026-01-31T09:30:00Z\n"
            let order = String(repeating: "o", count: 10_000)
            let rows = (0..<1000).map { "cb-\($0),k,\(order)\($0)\(tail)" }.joined()
            let ledger = try stage.file("ledger.csv", "id,key,order_id,uid,kind,currency,amount,at\n\(rows)")
            let audit = ["cashback", "audit", "--ledger", ledger]
            let run = try await stage.run(audit, fileBlocks: 2000)
            run.failed(6, "ledger_copy_failed", "the temporary copy of the ledger cannot be stored")
            #expect(try await stage.run(audit).status == 1, "where there is room, it is read")
        }
    }

    /// Output must not go to a file or socket that reuses the descriptor of a closed stream.
    @Test func `closed streams are not reused for other files`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let run = try await stage.run(
                ["pay", id, "--uid", "u", "--method", "card-approve", "--json"], stdout: .closed, stderr: .closed)
            #expect(run.status == 9, "\(run)")
            try await stage.expectPaidOnce(id, cashback: nil)
            #expect(try Data(contentsOf: URL(filePath: "\(stage.store)-lock")).isEmpty)
            let audit = try await stage.run(["cashback", "audit"], stderr: .closed)
            #expect(audit.status == 0, "\(audit)")
        }
    }

    // MARK: Signals

    @Test(arguments: [SIGINT, SIGTERM])
    func `a stopped sandbox releases its port`(_ signal: Int32) async throws {
        try await Stage.run { stage async throws in
            let portFile = stage.directory.file("port")
            let arguments = [
                "sandbox", "--listen", "127.0.0.1:0", "--port-file", portFile, "--state", stage.directory.file("s.db"),
            ]
            let sandbox = try stage.start(arguments)
            guard await sandbox.hasPrinted("\n") else {
                Issue.record("\(CommandRun(arguments, await sandbox.exit(timeoutSeconds: 0)))")
                return
            }
            let port = String(decoding: try Data(contentsOf: URL(filePath: portFile)), as: UTF8.self)
            sandbox.send(signal)
            let run = CommandRun(arguments, await sandbox.exit())
            #expect(run.status == 0 && run.stderr.isEmpty, "\(run)")
            #expect(run.stdout == "the partners listen on http://127.0.0.1:\(port)")

            let address = "127.0.0.1:\(port.dropLast())"
            let next = try stage.start(["sandbox", "--listen", address])
            #expect(await next.hasPrinted(address))
            next.send(signal)
            #expect(await next.exit().status == 0)
        }
    }

    @Test func `an interrupted payment is not lost`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let arguments = ["pay", id, "--uid", "u", "--method", "card-3ds", "--timeout", "30s"]
            let pay = try stage.start(arguments)
            try await stage.untilPartners { $0.invoices.contains { !$0.operations.isEmpty } }
            pay.send(SIGINT)
            let run = CommandRun(arguments, await pay.exit())
            #expect(run.status == 130, "\(run)")
            #expect(run.stderr.contains("'qrpay order status \(id)' shows the outcome\n"), "\(run)")

            #expect(try await stage.shown(id)["status"] == "HOLDING")
            let invoice = try await stage.partners().invoices[0].invoiceID
            let confirmed = try await stage.send(
                "PUT", "/sandbox/transactions/invoices/\(invoice)/operations/1", Array(#"{"status":"succeeded"}"#.utf8))
            #expect(confirmed.status == 200)
            try await stage.run(arguments).succeeded()
            try await stage.expectPaidOnce(id, cashback: nil)
        }
    }

    @Test func `a stopped worker finishes running tasks`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait").succeeded()
            try await stage.inject(FaultRule(partner: .eda, first: 1, kind: .latency, milliseconds: 300))
            let arguments = ["work", "--kind", "payment.settle"]
            let work = try stage.start(arguments)
            try await stage.untilPartners { $0.faults[0].matched > 0 }
            work.send(SIGTERM)
            let run = CommandRun(arguments, await work.exit())
            #expect(run.status == 0, "\(run)")
            #expect(run.stdout == "1 done, 0 postponed, 0 stuck\n", "\(run)")
            #expect(try await stage.shown(id)["status"] == "CLEARED")
        }
    }
}
