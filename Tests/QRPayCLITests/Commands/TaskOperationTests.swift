import CommandLineKit
import Explorer
import PaymentPartners
import PaymentSandbox
import Payments
import SQLKit
import SQLiteEngine
import TestSupport
import Testing

/// Pausing kinds, running one task, canceling tasks, and undoing it.
@Suite struct TaskOperationTests {
    private static let settle = ["work", "--drain", "--kind", "payment.settle"]

    /// Orders whose payments are stuck, and the numbers of their tasks.
    private func stuck(_ count: Int, on stage: Stage) async throws -> [String] {
        try await stage.inject(FaultRule(partner: .transactions, kind: .status))
        for number in 1...count {
            let id = try await stage.order(Stage.bill("b-\(number)"))
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait").succeeded()
        }
        #expect(await stage.qrpay(Self.settle).status == 1)
        try await stage.endFaults()
        return try await stage.qrpay("task", "list", "--state", "stuck", "--json").json().elements.compactMap {
            $0["task_id"].text
        }
    }

    @Test func `a paused kind waits for every worker`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait").succeeded()
            let paused = try await stage.qrpay("task", "pause", "payment.settle", "--reason", "down", "--json").json()
            #expect(paused["is_paused"] == true && paused["reason"] == "down" && paused["paused_by"] == "support")
            let again = await stage.qrpay("task", "pause", "payment.settle", "--reason", "other")
            #expect(again.status == 0 && again.stdout.contains("down") && again.stderr.contains("already"), "\(again)")
            let idle = await stage.qrpay(Self.settle)
            #expect(idle.status == 0 && idle.stdout == "0 done, 0 postponed, 0 stuck\n", "\(idle)")
            let stats = try await stage.qrpay("task", "stats", "--json").json()
            #expect(stats["paused"][0]["kind"] == "payment.settle")
            let task = try await stage.qrpay("task", "list", "--kind", "payment.settle", "--json").json()[0]
            let number = try #require(task["task_id"].text)
            let why = try await stage.qrpay("task", "why", number).succeeded()
            #expect(why.stdout.contains("paused by support") && why.stdout.contains("because: down"), "\(why)")

            try await stage.qrpay("task", "resume", "payment.settle").succeeded()
            await stage.expectFailure(["task", "resume", "payment.settle"], 4, "not_paused")
            try await stage.qrpay(Self.settle).succeeded()
            try await stage.expectPaidOnce(id, cashback: nil)
        }
    }

    @Test func `requeueing a paused kind warns`() async throws {
        try await Stage.run(config: TaskTests.impatient) { stage async throws in
            let task = try await stuck(1, on: stage)[0]
            try await stage.qrpay("task", "pause", "payment.settle", "--reason", "down").succeeded()
            let pushed = try await stage.qrpay("task", "requeue", task).succeeded()
            #expect(
                pushed.stderr.contains("payment.settle is paused by support since ")
                    && pushed.stderr.contains(
                        "because: down; 1 task of this kind will run after 'qrpay task resume payment.settle'"),
                "\(pushed)")
        }
    }

    @Test func `unknown names are not found`() async throws {
        try await Stage.run { stage async throws in
            let order = try await stage.order(Stage.bill("b", restaurant: "unregistered"))
            for command in [["task", "list"], ["task", "list", "--by", "kind"], ["task", "requeue", "--yes"]] {
                await stage.expectFailure(command + ["--order", "nothing"], 3, "order_not_found", "nothing")
                await stage.expectFailure(command + ["--restaurant", "nobody"], 3, "restaurant_not_found", "nobody")
            }
            try await stage.qrpay("task", "list", "--kind", "receipt.fetch", "--order", order).succeeded()
            try await stage.qrpay("task", "list", "--kind", "receipt.fetch", "--restaurant", "unregistered").succeeded()
        }
    }

    @Test func `ids and errors are readable on a terminal`() async throws {
        try await Stage.run(config: TaskTests.impatient) { stage async throws in
            _ = try await stuck(1, on: stage)
            let order = try #require(try await stage.qrpay("order", "list", "--json").json()[0]["order_id"].text)
            let terminal = Terminal(isTerminal: true, columns: 80)
            for arguments in [["task", "list", "--state", "stuck"], ["order", "list"]] {
                let run = try await stage.qrpay(arguments, terminal: terminal).succeeded()
                #expect(run.stdout.contains(order), "\(run)")
                #expect(run.stdout.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(run)")
            }
            let stuck = try await stage.qrpay(["task", "list", "--state", "stuck"], terminal: terminal).succeeded()
            #expect(stuck.stdout.contains("partner_failed: transactions answered 5") && !stuck.stdout.contains("STATE"))
        }
    }

    @Test func `one task is tried before all are requeued`() async throws {
        try await Stage.run(config: TaskTests.impatient) { stage async throws in
            let tasks = try await stuck(2, on: stage)
            let run = try await stage.qrpay("task", "run", tasks[0], "--json").succeeded()
            #expect(try run.json()["state"] == "done", "\(run)")
            await stage.expectFailure(["task", "run", tasks[0]], 4, "state_forbids", "done")
            await stage.expectFailure(["task", "run", "99"], 3, "task_not_found")
            try await stage.inject(FaultRule(partner: .transactions, kind: .status))
            let failing = await stage.qrpay("task", "run", tasks[1])
            #expect(failing.status == 5 && failing.stderr.contains("stuck (partner_failed)"), "\(failing)")
            let why = try await stage.qrpay("task", "why", tasks[1], "--json").json()
            #expect(why["safe_to_requeue"] == true && why["state"] == "stuck")
            #expect(why["why"].text?.contains("gave up") == true, "\(why)")
        }
    }

    @Test func `a batch is expected, requeued and undone`() async throws {
        try await Stage.run(config: TaskTests.impatient) { stage async throws in
            let tasks = try await stuck(3, on: stage)
            let dry = try await stage.qrpay("task", "requeue", "--state", "stuck", "--json").json()
            let digest = try #require(dry["digest"].text)
            try await stage.qrpay("task", "cancel", tasks[0], "--reason", "a test").succeeded()
            let changed = ["task", "requeue", "--state", "stuck", "--yes", "--expect", digest]
            await stage.expectFailure(changed, 4, "scope_changed", digest)
            let done = try await stage.qrpay(
                "task", "requeue", "--state", "stuck", "--yes", "--spread", "10m", "--reason", "back", "--json"
            ).succeeded().json()
            let batch = try #require(done["batch"].text)
            #expect(done["requeued"] == 2 && done["dry_run"] == false)
            let undone = try await stage.qrpay("task", "requeue", "--undo", batch, "--json").succeeded().json()
            #expect(undone["undone"] == 2 && undone["skipped"] == .array([]))
            let states = try await stage.qrpay("task", "list", "--kind", "payment.settle", "--json").json().elements
            #expect(states.map { $0["state"] } == ["stuck", "stuck", "canceled"])
            #expect(await stage.qrpay("task", "requeue", "--undo", batch).status == 1, "there is nothing left of it")
            await stage.expectFailure(["task", "requeue", "--undo", "none"], 3, "batch_not_found")
            await stage.expectFailure(["task", "requeue", "--undo", batch, "--state", "stuck"], 2, "usage")
            let shown = try await stage.qrpay("task", "show", tasks[0], "--json").json()
            #expect(shown["cancellations"][0]["reason"] == "a test" && shown["state"] == "canceled")
        }
    }

    @Test func `cancel has the rules of requeue`() async throws {
        try await Stage.run(config: TaskTests.impatient) { stage async throws in
            _ = try await stuck(2, on: stage)
            let dry = try await stage.qrpay("task", "cancel", "--state", "stuck", "--json").json()
            #expect(dry["dry_run"] == true && dry["matched"] == 2 && dry["canceled"] == 0 && dry["batch"] == nil)
            let done = try await stage.qrpay("task", "cancel", "--state", "stuck", "--yes", "--json").json()
            #expect(done["canceled"] == 2 && done["task_ids"] == dry["task_ids"])
            let listed = await stage.qrpay("task", "list", "--state", "canceled", "--error-class", "partner_failed")
            #expect(listed.rows.map { $0[6].hasPrefix("partner_failed: ") } == [true, true], "\(listed)")
            await stage.expectFailure(["task", "cancel", "--yes"], 2, "empty_filter")
            await stage.expectFailure(["task", "cancel", "--statex", "stuck"], 2, "usage")
            await stage.expectFailure(["task", "cancel", "--state", "broken"], 2, "usage", "must be one of")
        }
    }

    @Test func `schedules of kinds and tasks`() async throws {
        let config = """
            {"tasks": {"receipt_fetch": {"polls": 2, "period_seconds": 5, "base_seconds": 10, "cap_seconds": 15,
             "jitter": 0, "max_attempts": 5}}}
            """
        try await Stage.run(config: config) { stage async throws in
            let rows = try await stage.qrpay("task", "schedule", "receipt.fetch", "--json").json().elements
            #expect(rows.map { $0["latest_seconds"] } == [0, 5, 10, 20, 35])
            #expect(rows.map { $0["phase"] } == ["first", "poll", "poll", "backoff", "backoff"])
            let failing = try await stage.qrpay("task", "schedule", "receipt.fetch", "--failing", "--limit", "2")
                .succeeded()
            #expect(failing.stdout == "1\tfirst\t0s\t+0s\t+0s\n2\tbackoff\t10s\t+10s\t+10s\n", "\(failing)")
            _ = try await stage.order()
            let task = try await stage.qrpay("task", "list", "--json").json()[0]
            let number = try #require(task["task_id"].text)
            let own = try await stage.qrpay("task", "schedule", number, "--limit", "1", "--json").json()
            #expect(own[0]["earliest_at"] == task["next_attempt_at"])
            await stage.expectFailure(["task", "schedule", "receipt"], 2, "usage", "or one of")
            await stage.expectFailure(["task", "schedule", "99"], 3, "task_not_found")
        }
    }

    @Test func `tasks are counted by common properties`() async throws {
        try await Stage.run(config: TaskTests.impatient) { stage async throws in
            _ = try await stuck(2, on: stage)
            let errors = try await stage.qrpay("task", "list", "--state", "stuck", "--by", "error", "--json").json()
            #expect(errors[0]["error_class"] == "partner_failed" && errors[0]["count"] == 2)
            let stats = try await stage.qrpay("task", "stats", "--json").json()
            #expect(stats["errors"][0]["count"] == 2 && stats["enqueue_failures"] == 0)
            #expect(stats["depth"].elements.contains { $0["state"] == "stuck" && $0["count"] == 2 })
            let old = try await stage.qrpay("task", "list", "--age", "1h", "--json").json()
            let tried = try await stage.qrpay("task", "list", "--attempts", "2", "--json").json()
            #expect(old.elements.isEmpty && tried.elements.count == 2)
        }
    }

    @Test func `a refused receipt task is reported, counted and staged later`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let database = try await SQLiteDatabase.open(.file(path: stage.store), migrations: Schema.migrations)
            try await database.write { connection in
                try connection.execute(
                    """
                    CREATE TRIGGER refuse BEFORE INSERT ON tasks WHEN NEW.kind = 'receipt.fetch'
                    BEGIN SELECT RAISE(ABORT, 'the queue is full'); END
                    """)
            }
            let paid = try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve").succeeded()
            #expect(paid.stderr.contains("receipt.fetch") && paid.stderr.contains("task backfill"), "\(paid)")
            let stats = try await stage.qrpay("task", "stats", "--json").json()
            #expect(stats["enqueue_failures"] == 1)
            try await database.write { try $0.execute("DROP TRIGGER refuse") }
            await database.close()
            let dry = try await stage.qrpay("task", "backfill", "--json").json()
            #expect(dry["dry_run"] == true && dry["matched"] == 1 && dry["documents"][0]["order_id"] == .string(id))
            #expect(try await stage.qrpay("task", "backfill", "--yes", "--json").json()["staged"] == 1)
            try await stage.qrpay("work", "--drain", "--kind", "receipt.fetch").succeeded()
            #expect(try await stage.qrpay("receipt", "list", id, "--json").json().elements.count == 1)
            #expect(try await stage.qrpay("task", "backfill", "--json").json()["matched"] == 0)
        }
    }

    @Test func `canceling a payment warns of money`() async throws {
        try await Stage.run(config: TaskTests.impatient) { stage async throws in
            let tasks = try await stuck(1, on: stage)
            let dry = await stage.qrpay("task", "cancel", "--state", "stuck")
            #expect(dry.status == 0 && dry.stderr.contains("once canceled, money may stay held"), "\(dry)")
            let done = await stage.qrpay("task", "cancel", tasks[0])
            #expect(
                done.status == 0 && done.stderr.contains("warning: 1 payment.settle canceled: money may stay held")
                    && done.stderr.contains("task requeue --undo "), "\(done)")
            let expiry = try #require(await stage.qrpay("task", "list", "--kind", "order.expire").rows.first?[0])
            #expect(await !stage.qrpay("task", "cancel", expiry).stderr.contains("warning"))
        }
    }

    @Test func `times are relative on a terminal`() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            stage.clock.advance(bySeconds: 60)
            let table = await stage.qrpay(
                ["task", "list"], terminal: Terminal(isTerminal: true, columns: 80), adjust: { _ in })
            #expect(table.stdout.contains("order.expire  scheduled") && table.stdout.contains("in 1"), "\(table)")
            let row = try #require(await stage.qrpay("task", "list").rows.first)
            let json = try await stage.qrpay("task", "list", "--json").json()[0]
            #expect(row.count == 7 && .string(row[4]) == json["next_attempt_at"] && json["since"] == nil)
        }
    }

    @Test func `filters that exclude each other are refused`() async throws {
        try await Stage.run { stage async throws in
            await stage.expectFailure(["task", "list", "--since", "1h", "--until", "2h"], 2, "usage", "before --until")
            await stage.expectFailure(["task", "list", "--since", "1h", "--age", "2h"], 2, "usage", "before --until")
        }
    }
}
