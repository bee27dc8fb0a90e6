import Explorer
import FoundationEssentials
import JSONKit
import PaymentPartners
import PaymentSandbox
import TestSupport
import Testing

/// The names and types of the JSON output, which scripts rely on. Names may be added but not removed.
@Suite struct FieldTests {
    private static let order = [
        "order_id", "client_id", "internal_order_id", "bill_version", "status", "iiko_status", "currency", "amount",
        "taken", "refunded", "uid", "eda_order_id", "deeplink", "created_at", "updated_at", "expires_at",
    ]
    private static let task = [
        "task_id", "kind", "key", "state", "attempts", "next_attempt_at", "leased_by", "error_class", "error_message",
        "order_id", "created_at",
    ]
    private static let receipt = ["order_id", "document_id", "type", "cost", "key", "url", "created_at"]
    private static let entry = ["at", "order_id", "event", "from", "to", "actor", "detail"]
    private static let finding = [
        "id", "class", "order_id", "uid", "due", "accrued", "clawed_back", "difference", "explanation",
    ]
    private static let requeue = ["batch", "dry_run", "matched", "requeued", "skipped", "task_ids"]

    private func expect(
        _ json: JSON, has names: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let missing = Set(names).subtracting(json.members.keys)
        #expect(missing.isEmpty, "\(json)", sourceLocation: sourceLocation)
        checkTypes(json, sourceLocation)
    }

    /// Amounts are decimal strings, instants RFC 3339 in UTC, counts numbers, at any depth.
    private func checkTypes(_ json: JSON, _ sourceLocation: SourceLocation) {
        // All event details are text.
        for (name, value) in json.members where name != "detail" {
            for part in value.elements.isEmpty ? [value] : value.elements { checkTypes(part, sourceLocation) }
            guard value != nil else { continue }
            switch name {
            case "amount", "taken", "refunded", "cost", "due", "accrued", "clawed_back", "difference", "cashback_due":
                #expect(
                    value.text?.wholeMatch(of: /-?[0-9]+\.[0-9]{2}( [A-Z]{3})?/) != nil, "\(name): \(value)",
                    sourceLocation: sourceLocation)
            case "at", "created_at", "updated_at", "expires_at", "next_attempt_at":
                #expect(
                    value.text?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(name): \(value)",
                    sourceLocation: sourceLocation)
            case "attempts", "bill_version", "matched", "requeued":
                #expect(value.number != nil, "\(name): \(value)", sourceLocation: sourceLocation)
            default:
                break
            }
        }
    }

    @Test func `orders and their history`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let created = try await stage.preorder()
            expect(created, has: Self.order + ["is_new", "warnings", "cashback_percent", "cashback_amount"])
            #expect(created["uid"] == nil && created["eda_order_id"] == nil && created["taken"] == "0.00")
            let id = try #require(created["order_id"].text)
            let view = try await stage.qrpay("preorder", "show", id, "--uid", "u", "--json").json()
            expect(view, has: Self.order + ["restaurant", "lines", "cashback", "payment_methods"])
            #expect(
                view["cashback"].members == ["rate": "10%", "amount": "12.05", "currency": "RUB"]
                    && view["lines"][0]["name"] == "Soup")
            let paid = await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--json")
            expect(try paid.json(), has: Self.order)
            expect(try await stage.qrpay("order", "refund", id, "--amount", "1", "--json").json(), has: Self.order)
            let shown = try await stage.shown(id)
            expect(shown, has: Self.order + ["lines", "operations", "receipts", "tasks"])
            for task in shown["tasks"].elements { expect(task, has: Self.task) }
            for order in try await stage.qrpay("order", "list", "--json").json().elements {
                expect(order, has: Self.order)
            }
            let history = try await stage.qrpay("order", "history", id, "--json").json().elements
            for entry in history { expect(entry, has: Self.entry) }
            #expect(history.count >= 5)
        }
    }

    @Test func `tasks and requeues`() async throws {
        try await Stage.run(config: TaskTests.impatient) { stage async throws in
            let id = try await stage.order()
            try await stage.inject(FaultRule(partner: .eda, kind: .status))
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait").succeeded()
            #expect(await stage.qrpay("work", "--drain", "--kind", "payment.settle").status == 1)
            let tasks = try await stage.qrpay("task", "list", "--json").json()
            for task in tasks.elements { expect(task, has: Self.task) }
            let stuck = try #require(tasks[0]["task_id"].text)
            #expect(tasks[0]["state"] == "stuck" && tasks[0]["next_attempt_at"] == nil)
            for options in [["--state", "stuck"], [stuck]] {
                expect(try await stage.qrpay(["task", "requeue", "--json"] + options).json(), has: Self.requeue)
            }
            let shown = try await stage.qrpay("task", "show", stuck, "--json").json()
            expect(shown, has: Self.task + ["attempts_log", "requeues"])
            #expect(shown["requeues"].elements.count == 1 && shown["attempts_log"].elements.count == 2)
        }
    }

    @Test func `findings`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            _ = try await stage.paidOrder()
            try await stage.settle()
            try await stage.loseCashback()
            let findings = try await stage.qrpay("cashback", "audit", "--json").json()
            for finding in findings.elements { expect(finding, has: Self.finding) }
            #expect(findings.elements.count == 1)
        }
    }

    @Test func `receipts`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.paidOrder()
            try await stage.qrpay("work", "--drain").succeeded()
            let receipts = try await stage.qrpay("receipt", "list", id, "--json").json()
            #expect(receipts.elements.count == 1)
            for receipt in receipts.elements {
                expect(receipt, has: Self.receipt)
                let document = receipt["document_id"].text ?? ""
                expect(try await stage.qrpay("receipt", "show", document, "--json").json(), has: Self.receipt)
                let link = try await stage.qrpay("receipt", "link", document, "--json").json()
                expect(link, has: ["document_id", "key", "url"])
            }
        }
    }
}
