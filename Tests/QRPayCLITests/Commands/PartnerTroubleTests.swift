import Explorer
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// Partners that are down, slow or send garbage: the command reports it, and nothing is lost or done twice.
@Suite struct PartnerTroubleTests {
    /// Nothing listens on port 1.
    private static let nowhere = ["QRPAY_PARTNERS_URL": "http://127.0.0.1:1"]

    /// However short the time, what a partner said last is reported, not only that nothing is decided.
    @Test(arguments: [(.eda, 401), (.eda, 409), (.transactions, 403), (.transactions, 503)] as [(Partner, Int)])
    func `a partner's refusal is reported when the time runs out`(_ partner: Partner, _ status: Int) async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            try await stage.inject(FaultRule(partner: partner, method: "PUT", kind: .status, status: status))
            let pay = ["pay", id, "--uid", "u", "--method", "card-approve"]
            // At the second time it waits for its next attempt, which makes it no better.
            await stage.expectFailure(
                pay + ["--timeout", "0"], 5, status < 500 ? "partner_rejected" : "partner_failed",
                "the rest is staged and continues with 'qrpay work'")
            try await stage.endFaults()
            try await stage.settle()
            try await stage.expectPaidOnce(id, cashback: nil)
        }
    }

    @Test func aPaymentOutlivesPartnersThatAreDown() async throws {
        let config = #"{"tasks": {"payment_settle": {"base_seconds": 0.02, "cap_seconds": 0.04, "max_attempts": 500}}}"#
        try await Stage.run(config: config) { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.order()
            let pay = ["pay", id, "--uid", "u", "--method", "card-approve"]
            await stage.expectFailure(
                pay, 5, "partner_unreachable", "the rest is staged and continues with 'qrpay work'",
                environment: Self.nowhere)
            let shown = try await stage.shown(id)
            let task = try #require(shown["tasks"].elements.first { $0["kind"] == "payment.settle" })
            #expect(shown["status"] == "HOLDING" && task["error_class"] == "partner_unreachable")

            try await stage.settle()
            try await stage.expectPaidOnce(id)
        }
    }

    /// Another worker's failures count too, even if this one has not tried yet.
    @Test func `a drain that leaves failed tasks says so`() async throws {
        let config = #"{"tasks": {"payment_settle": {"base_seconds": 3600, "cap_seconds": 3600, "jitter": 0}}}"#
        try await Stage.run(config: config) { stage async throws in
            let id = try await stage.order()
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait").succeeded()
            let drain = ["work", "--drain", "--kind", "payment.settle"]
            for environment in [Self.nowhere, [:]] {
                let run = await stage.qrpay(drain + ["--json"], environment: environment)
                #expect(run.status == 5, "\(run)")
                let task = try await stage.shown(id)["tasks"].elements.first { $0["kind"] == "payment.settle" }
                #expect(try run.json()["failing"] == .array([task?["task_id"] ?? nil]), "\(run)")
            }
            stage.clock.advance(bySeconds: 3601)
            let run = await stage.qrpay(drain)
            #expect(run.status == 0 && run.stdout == "1 done, 0 postponed, 0 stuck\n", "\(run)")
        }
    }

    /// Each fault hits the first requests of a route; the same command still succeeds, exactly once.
    @Test(
        arguments: [
            (.status, .transactions, "/v1/invoices/*/operations"), (.reset, .transactions, "/v1/invoices/*/operations"),
            (.garbage, .transactions, "/v1/invoices/*/operations"), (.truncated, .transactions, "/v1/invoices"),
            (.effectThenReset, .transactions, "/v1/invoices/*/operations/1"),
            (.effectThenReset, .transactions, "/v1/invoices/*/operations/2"),
            (.effectThenTimeout, .transactions, "/v1/invoices/*/operations"), (.effectThenReset, .eda, "/v1/orders"),
            (.truncated, .cashback, "/v1/entries"), (.effectThenReset, .cashback, "/v1/entries"),
        ] as [(FaultRule.Kind, Partner, String)])
    func `recovers`(_ kind: FaultRule.Kind, _ partner: Partner, _ route: String) async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.order()
            try await stage.inject(
                FaultRule(partner: partner, route: route, first: 2, kind: kind, milliseconds: 1500))
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve").succeeded()
            try await stage.settle()
            try await stage.expectPaidOnce(id)
            let faults = try await stage.partners().faults
            #expect(faults.allSatisfy { $0.hit >= 1 }, "nothing was hit: \(faults)")
        }
    }

    @Test(
        arguments: [
            (.status, "partner_failed", "answered 503"),
            (.garbage, "partner_malformed", "gave an unusable answer"),
            (.truncated, "partner_interrupted", "closed the connection during its answer"),
            (.reset, "partner_interrupted", "closed the connection during its answer"),
            (.effectThenTimeout, "partner_timed_out", "did not answer in time"),
        ] as [(FaultRule.Kind, String, String)])
    func `a lasting failure is reported with its code`(_ kind: FaultRule.Kind, _ code: String, _ phrase: String)
        async throws
    {
        // Only the timeout case may time out, however slow the machine is.
        let timeout = #"{"timeout_seconds": \#(kind == .effectThenTimeout ? 0.3 : 60)}"#
        let config = """
            {"tasks": {"payment_settle": {"base_seconds": 0.02, "cap_seconds": 0.02}},
             "partners": {"cardstorage": \(timeout), "cashback": \(timeout), "transactions": \(timeout)}}
            """
        try await Stage.run(config: config) { stage async throws in
            let id = try await stage.order()
            for partner in [Partner.cardstorage, .cashback, .transactions] {
                try await stage.inject(FaultRule(partner: partner, kind: kind, milliseconds: 3000))
            }
            await stage.expectFailure(["preorder", "show", id, "--uid", "u"], 5, code, phrase)
            await stage.expectFailure(["cashback", "audit"], 5, code, "cashback \(phrase)")
            await stage.expectFailure(
                ["pay", id, "--uid", "u", "--method", "card-approve"], 5, code, "transactions \(phrase)")
            // Only requests that may have had an effect have an unknown outcome.
            let isUnknown = kind != .garbage
            let read = await stage.qrpay("preorder", "show", id, "--uid", "u")
            #expect(!read.stderr.contains("outcome"), "\(read)")
            let paid = await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve")
            #expect(paid.stderr.contains("the outcome is unknown: PUT") == isUnknown, "\(paid)")
            try await stage.endFaults()
            try await stage.settle()
            try await stage.expectPaidOnce(id, cashback: nil)
        }
    }

    /// A refusal of our request does not mean that the guest's card was declined.
    @Test(arguments: [Partner.eda, .transactions])
    func `a partner that refuses us declines no payment`(partner: Partner) async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            for status in [400, 401, 403, 404, 405, 409, 410, 422, 451] {
                let id = try await stage.order(Stage.bill("b-\(status)"))
                try await stage.inject(FaultRule(partner: partner, kind: .status, status: status))
                let pay = ["pay", id, "--uid", "u", "--method", "card-approve"]
                await stage.expectFailure(pay, 5, "partner_rejected", "\(partner) refused with \(status)")
                let tasks = try await stage.shown(id)["tasks"].elements
                let task = try #require(tasks.first { $0["kind"] == "payment.settle" })
                #expect(task["error_class"] == "partner_rejected" && task["state"] != "stuck")
                try await stage.endFaults()
                try await stage.settle()
                #expect(try await stage.shown(id)["status"] == "CLEARED")
            }
            let partners = try await stage.partners()
            #expect(partners.invoices.map(\.captured) == Array(repeating: "120.50", count: 9))
        }
    }

    @Test func `a refusing partner is not a decline`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            try await stage.inject(FaultRule(partner: .cardstorage, kind: .status, status: 403))
            await stage.expectFailure(
                ["preorder", "show", id, "--uid", "u"], 5, "partner_rejected", "refused with 403")
        }
    }
}
