import Explorer
import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import TestSupport
import Testing

/// One guest pays, or learns why not.
@Suite struct PayTests {
    @Test func `hold, clear and cashback`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.order()
            let run = await stage.qrpay("pay", id, "--uid", "guest", "--method", "card-approve", "--json")
            try run.succeeded()
            #expect(run.stderr.isEmpty)
            let paid = try run.json()
            #expect(paid["status"] == "CLEARED" && paid["taken"] == "120.50" && paid["uid"] == "guest", "\(run)")
            #expect(paid["cashback_due"] == "12.05" && paid["cashback_percent"] == "10")
            try await stage.settle()
            let partners = try await stage.partners()
            #expect(
                partners.invoices.map(\.captured) == ["120.50"] && partners.cashbackEntries.map(\.amount) == ["12.05"])
        }
    }

    @Test func `paying twice is paying once`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.paidOrder(uid: "guest")
            try await stage.qrpay("pay", id, "--uid", "guest", "--method", "card-approve").succeeded()
            try await stage.expectPaidOnce(id, cashback: nil)
        }
    }

    @Test func `another guest is too late`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            try await stage.qrpay("pay", id, "--uid", "a", "--method", "card-3ds", "--no-wait").succeeded()
            await stage.expectFailure(
                ["pay", id, "--uid", "b", "--method", "card-approve"], 4, "order_taken",
                "order \(id): already being paid by another user")
            await stage.expectFailure(["preorder", "show", id, "--uid", "b"], 4, "order_taken")
            try await stage.qrpay("preorder", "show", id, "--uid", "a").succeeded()
        }
    }

    @Test func `a reprinted bill is not what the guest saw`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            _ = try await stage.order(Stage.bill(amount: "99.00"))
            let pay = ["pay", id, "--uid", "u", "--method", "card-approve", "--bill-version"]
            await stage.expectFailure(pay + ["1"], 4, "stale_bill", "version 1 was shown, version 2 is current")
            #expect(try await stage.shown(id)["status"] == "PENDING")
            let paid = try await stage.qrpay(pay + ["2", "--json"]).succeeded().json()
            #expect(paid["taken"] == "99.00")
        }
    }

    /// The result is printed, and the exit status says that it was not paid.
    @Test(arguments: [
        ("card-decline", "HOLD_FAILED", "declined"), ("no-such-card", "HOLD_FAILED", "unknown_payment_method"),
        ("card-lapse", "CLEAR_FAILED", "lapsed"),
    ])
    func `declined`(_ method: String, _ status: String, _ reason: String) async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let run = await stage.qrpay("pay", id, "--uid", "u", "--method", method, "--json")
            #expect(run.status == 1, "\(run)")
            #expect(try run.json()["status"] == .string(status))
            let error = try JSON(run.stderr)["error"]
            #expect(error["code"] == "payment_declined" && error["message"].text?.contains(reason) == true, "\(run)")
            let text = await stage.qrpay("order", "status", id)
            #expect(text.value("guest_status") == "DECLINED")
        }
    }

    @Test func `after a decline the same or another guest pays`() async throws {
        try await Stage.run { stage async throws in
            let first = try await stage.order(Stage.bill("b-1"))
            #expect(await stage.qrpay("pay", first, "--uid", "a", "--method", "card-decline-once").status == 1)
            try await stage.qrpay("pay", first, "--uid", "a", "--method", "card-decline-once").succeeded()
            let second = try await stage.order(Stage.bill("b-2"))
            #expect(await stage.qrpay("pay", second, "--uid", "a", "--method", "card-decline").status == 1)
            try await stage.qrpay("pay", second, "--uid", "b", "--method", "card-approve").succeeded()
            #expect(try await stage.shown(second)["uid"] == "b")
        }
    }

    @Test(arguments: ["card-slow", "card-lost"])
    func `slow and lost answers are waited for`(_ method: String) async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            try await stage.qrpay("pay", id, "--uid", "u", "--method", method).succeeded()
            try await stage.expectPaidOnce(id, cashback: nil)
        }
    }

    @Test func `an abandoned confirmation is still pending`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            await stage.expectFailure(
                ["pay", id, "--uid", "u", "--method", "card-3ds", "--timeout", "0.2s"], 8, "still_pending",
                "order \(id): not decided yet")
            #expect(try await stage.shown(id)["status"] == "HOLDING")
            // The guest confirms later, and the next query finds it.
            let invoice = try await stage.partners().invoices[0].invoiceID
            let path = "/sandbox/transactions/invoices/\(invoice)/operations/1"
            #expect(try await stage.send("PUT", path, Array(#"{"status":"succeeded"}"#.utf8)).status == 200)
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-3ds").succeeded()
            try await stage.expectPaidOnce(id, cashback: nil)
        }
    }

    @Test func `--no-wait leaves it to the workers`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let begun = await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait")
            #expect(begun.status == 0 && begun.value("status") == "HOLDING", "\(begun)")
            #expect(try await stage.partners().invoices.isEmpty)
            try await stage.settle()
            try await stage.expectPaidOnce(id, cashback: nil)
        }
    }
}

extension Stage {
    /// Runs the staged payment and cashback tasks, as `qrpay work` would.
    func settle() async throws {
        try await qrpay("work", "--drain", "--kind", "payment.settle", "--kind", "cashback.accrue").succeeded()
    }

    /// Expects, by the partners' state, that the order's money was held and captured once, and its cashback accrued
    /// once.
    func expectPaidOnce(
        _ order: String, amount: String = "120.50", cashback: String? = "12.05",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(try await shown(order)["status"] == "CLEARED", sourceLocation: sourceLocation)
        let partners = try await partners()
        let invoices = partners.invoices.filter { $0.orderID == order && $0.captured != "0.00" }
        #expect(invoices.map(\.captured) == [amount], sourceLocation: sourceLocation)
        let done = invoices.flatMap(\.operations).filter { $0.status == .succeeded }.map(\.kind)
        #expect(done == [.hold, .clear], "\(invoices)", sourceLocation: sourceLocation)
        #expect(
            partners.invoices.allSatisfy { $0.held == "0.00" }, "money is still held: \(partners.invoices)",
            sourceLocation: sourceLocation)
        let accrued = partners.cashbackEntries.filter { $0.orderID == order }.map(\.amount)
        #expect(accrued == (cashback.map { [$0] } ?? []), sourceLocation: sourceLocation)
    }
}
