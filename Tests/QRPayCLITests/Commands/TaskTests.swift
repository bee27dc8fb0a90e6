import Explorer
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// Finding stuck tasks, explaining them, and requeueing them.
@Suite struct TaskTests {
    /// Tasks get stuck at the second failure.
    static let impatient = """
        {"tasks": {"payment_settle": {"base_seconds": 0.02, "cap_seconds": 0.02, "max_attempts": 2}}}
        """
    private static let drain = ["work", "--drain", "--kind", "payment.settle"]

    /// Orders whose payments are stuck because transactions answers nothing but 503.
    private func stuckOrders(_ bills: [String], on stage: Stage) async throws -> [String] {
        try await stage.inject(FaultRule(partner: .transactions, kind: .status))
        var orders: [String] = []
        for bill in bills {
            let id = try await stage.order(bill)
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait").succeeded()
            orders.append(id)
        }
        let run = await stage.qrpay(Self.drain)
        #expect(run.status == 1 && run.stdout.contains("\(bills.count) stuck"), "\(run)")
        try await stage.endFaults()
        return orders
    }

    @Test func `a stuck task is found, explained and requeued`() async throws {
        try await Stage.run(config: Self.impatient) { stage async throws in
            let order = try await stuckOrders([Stage.bill()], on: stage)[0]
            let stuck = try await stage.qrpay("task", "list", "--state", "stuck", "--json").succeeded().json()
            let id = try #require(stuck[0]["task_id"].text)
            #expect(stuck.elements.count == 1 && stuck[0]["order_id"] == .string(order))
            #expect(stuck[0]["error_class"] == "partner_failed" && stuck[0]["attempts"] == 2)

            let shown = try await stage.qrpay("task", "show", id, "--json").succeeded().json()
            #expect(shown["attempts_log"].elements.map { $0["error_class"] } == ["partner_failed", "partner_failed"])
            #expect(shown["requeues"] == .array([]))

            let pushed = await stage.qrpay("task", "requeue", id, "--reason", "it is back", "--json")
            try pushed.succeeded()
            #expect(try pushed.json()["dry_run"] == false && pushed.json()["requeued"] == 1, "\(pushed)")
            try await stage.settle()
            try await stage.expectPaidOnce(order, cashback: nil)

            let after = try await stage.qrpay("task", "show", id, "--json").json()
            #expect(after["state"] == "done" && after["attempts_log"].elements.count == 2, "its history is kept")
            let requeue = after["requeues"][0]
            #expect(requeue["reason"] == "it is back" && requeue["actor"] == "support")
            #expect(requeue["before"]["state"] == "stuck" && requeue["before"]["attempts"] == 2)
            let history = try await stage.qrpay("order", "history", order, "--json").json().elements
            #expect(history.contains { $0["event"] == "task_requeued" && $0["detail"]["reason"] == "it is back" })
        }
    }

    @Test func `filters are combined and only --yes requeues`() async throws {
        try await Stage.run(config: Self.impatient) { stage async throws in
            let orders = try await stuckOrders(
                [Stage.bill("b-1"), Stage.bill("b-2", restaurant: "bar")], on: stage)
            let filters: [([String], Int)] = [
                (["--state", "stuck"], 2), (["--state", "stuck", "--restaurant", "bar"], 1),
                (["--state", "stuck", "--order", orders[0]], 1), (["--error-class", "partner_failed"], 2),
                (["--error-class", "partner_failed", "--state", "done"], 0), (["--error-class", "other"], 0),
                (["--state", "stuck", "--kind", "receipt.fetch"], 0), (["--since", "1h", "--state", "stuck"], 2),
                (["--until", "1h"], 0), (["--state", "stuck", "--limit", "1"], 1),
                (["--state", "stuck", "--state", "scheduled"], 4),
            ]
            for (filter, count) in filters {
                let listed = try await stage.qrpay(["task", "list", "--json"] + filter).succeeded().json()
                #expect(listed.elements.count == count, "\(filter)")
                let dry = try await stage.qrpay(["task", "requeue", "--json"] + filter).json()
                #expect(dry["dry_run"] == true && dry["matched"] == .number(Double(count)), "\(filter)")
                #expect(dry["requeued"] == 0 && dry["batch"] == nil)
                #expect(dry["task_ids"] == .array(listed.elements.map { $0["task_id"] }), "the scope is what was shown")
            }
            #expect(try await stage.qrpay("task", "list", "--state", "stuck", "--json").json().elements.count == 2)

            let text = await stage.qrpay("task", "requeue", "--state", "stuck")
            #expect(text.stderr.hasPrefix("would requeue 2 of 2 tasks; use --yes to do so"), "\(text)")
            #expect(text.rows.count == 2, "\(text)")
            let pushed = try await stage.qrpay("task", "requeue", "--state", "stuck", "--yes", "--json").json()
            #expect(pushed["requeued"] == 2 && pushed["batch"].text != nil)
            try await stage.settle()
            for order in orders { try await stage.expectPaidOnce(order, cashback: nil) }
        }
    }

    @Test func `running and done tasks are left alone`() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.paidOrder()
            let done = try await stage.qrpay("task", "list", "--state", "done", "--json").json()
            let id = try #require(done[0]["task_id"].text)
            let run = await stage.qrpay("task", "requeue", id, "--json")
            #expect(run.status == 1, "\(run)")
            let skipped = try run.json()["skipped"]
            #expect(skipped == .array([.object(["task_id": .string(id), "why": "it is done"])]), "\(run)")
            let text = await stage.qrpay("task", "requeue", id)
            #expect(text.stderr.contains("task \(id) skipped: it is done"), "\(text)")
        }
    }

    @Test func `unknown tasks and no filters`() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            await stage.expectFailure(["task", "show", "99"], 3, "task_not_found", "task 99")
            await stage.expectFailure(["task", "requeue", "99"], 3, "task_not_found")
            await stage.expectFailure(["task", "requeue", "--yes"], 2, "empty_filter", "every task")
            await stage.expectFailure(["task", "requeue", "--limit", "5", "--yes"], 2, "empty_filter")
            for word in ["0", "x", "-1", "99999999999999999999", "1.5"] {
                await stage.expectFailure(["task", "show", word], 2, "usage", "must be a task's number")
            }
        }
    }
}
