import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import WorldKit

/// The control API: how a tester inspects and changes the partners' state.
///
/// - `GET /sandbox/state`: the state of all partners, ``SandboxSnapshot``.
/// - `PUT /sandbox/cashback/entries/{id}`: changes fields of a ledger entry, or adds an entry if `key`, `order_id`,
///   `uid`, `kind`, `amount` and `currency` are given.
/// - `DELETE /sandbox/cashback/entries/{id}`: removes an entry.
/// - `PUT /sandbox/transactions/invoices/{id}/operations/{n}`: `{"status", "reason"}` decides a pending operation, or
///   lets a hold lapse.
/// - `POST /sandbox/transactions/invoices/{id}/callbacks?copies=&reversed=`: delivers every report again; answers
///   `{"sent", "acknowledged"}`.
/// - `GET /sandbox/faults`: the rules in force, `{"faults": […]}`.
/// - `POST /sandbox/faults`: adds one ``FaultRule``.
/// - `DELETE /sandbox/faults`, `DELETE /sandbox/faults/{id}`: removes all rules, or one.
enum ControlRoutes {
    static func all(_ state: SandboxState, _ courier: CallbackCourier) -> [Route] {
        let snapshot = Route(
            "GET", "/sandbox/state", operation: "getState", output: .json(SandboxSnapshot.self)
        ) { Reply(try await state.snapshot()) }
        return [snapshot] + cashback(state) + transactions(state, courier) + faults(state)
    }

    private static func cashback(_ state: SandboxState) -> [Route] {
        [
            Route(
                "PUT", "/sandbox/cashback/entries/{id}", operation: "changeCashback", SandboxRoute.text("id"),
                SandboxRoute.json(CashbackChange.self), output: .json(CashbackRowWire.self)
            ) { id, change in
                Reply(
                    try await state.perform { models, now in
                        let row = try change.applied(to: models.cashback.rows[id], id: id, now: now)
                        models.cashback.tamper(row)
                        return CashbackRowWire(row)
                    })
            },
            Route(
                "DELETE", "/sandbox/cashback/entries/{id}", operation: "removeCashback", SandboxRoute.text("id"),
                output: .empty, failures: [404]
            ) { id in
                guard try await state.perform({ models, _ in models.cashback.remove(id: id) }) else {
                    throw PartnerRefusal(404, "unknown_entry", "entry not found")
                }
                return Reply()
            },
        ]
    }

    private static func transactions(_ state: SandboxState, _ courier: CallbackCourier) -> [Route] {
        [
            Route(
                "PUT", "/sandbox/transactions/invoices/{invoice_id}/operations/{number}", operation: "decideOperation",
                SandboxRoute.identifier("invoice_id"), SandboxRoute.number("number"),
                SandboxRoute.json(Decision.self), output: .json(OperationWire.self), failures: [404, 409]
            ) { id, number, decision in
                let outcome = try await state.transact { model, _ in
                    let outcome = try model.decide(
                        invoiceID: id, number: number, status: decision.status, reason: decision.reason)
                    return (outcome, outcome.callbacks)
                }
                return Reply(OperationWire(outcome.operation))
            },
            Route(
                "POST", "/sandbox/transactions/invoices/{invoice_id}/callbacks", operation: "redeliverCallbacks",
                SandboxRoute.text("invoice_id"), RouteField("copies").optionalInteger(in: 1...100),
                SandboxRoute.query("reversed"), output: .json(CallbackDelivery.self), failures: [404]
            ) { id, copies, reversed in
                guard await state.knowsInvoice(id) else {
                    throw PartnerRefusal(404, "unknown_invoice", "invoice not found")
                }
                var reports = await state.reports(invoiceID: id)
                if reversed == "true" { reports.reverse() }
                reports = reports.flatMap { Array(repeating: $0, count: copies ?? 1) }
                return Reply(
                    CallbackDelivery(sent: reports.count, acknowledged: await courier.deliver(reports)))
            },
        ]
    }

    private static func faults(_ state: SandboxState) -> [Route] {
        [
            Route(
                "GET", "/sandbox/faults", operation: "listFaults", output: .json([String: [FaultPlan.Entry]].self)
            ) { Reply(["faults": await state.changeFaults { $0.entries }]) },
            Route(
                "POST", "/sandbox/faults", operation: "addFault", SandboxRoute.json(FaultRule.self),
                output: .json(FaultPlan.Entry.self)
            ) { rule in
                try rule.check()
                return Reply(await state.changeFaults { $0.add(rule) })
            },
            Route("DELETE", "/sandbox/faults", operation: "removeFaults", output: .empty) {
                await state.changeFaults { $0.removeAll() }
                return Reply()
            },
            Route(
                "DELETE", "/sandbox/faults/{id}", operation: "removeFault", SandboxRoute.number("id"), output: .empty,
                failures: [404]
            ) { id in
                guard await state.changeFaults({ $0.remove(id: id) }) else {
                    throw PartnerRefusal(404, "unknown_fault", "rule not found")
                }
                return Reply()
            },
        ]
    }
}

private struct Decision: Decodable, Sendable {
    var status: PaymentOperation.Status
    var reason: String?
}

/// The fields of a ledger entry to change; the others stay.
private struct CashbackChange: Decodable, Sendable {
    var key: String?
    var orderID: String?
    var uid: String?
    var kind: CashbackEntry.Kind?
    var amount: String?
    var currency: String?
    var at: String?

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case key, uid, kind, amount, currency, at
    }

    func applied(to known: CashbackRowWire?, id: String, now: Instant) throws(FieldError) -> CashbackLedgerRow {
        func field<Value>(_ new: Value?, _ old: Value?, _ name: String) throws(FieldError) -> Value {
            guard let value = new ?? old else { throw FieldError(field: name, problem: "missing") }
            return value
        }
        let money = try WireField.money(
            try field(amount, known?.amount, "amount"), try field(currency, known?.currency, "currency"))
        let entry = CashbackEntry(
            key: try field(key, known?.key, "key"), orderID: try field(orderID, known?.orderID, "order_id"),
            uid: try field(uid, known?.uid, "uid"), kind: try field(kind, known?.kind, "kind"), amount: money)
        let time = try (at ?? known?.at).map { text throws(FieldError) in try WireField.instant(text, "at") } ?? now
        return CashbackLedgerRow(id: id, entry: entry, at: time)
    }
}
