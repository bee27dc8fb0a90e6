import HTTPKit
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
extension SandboxRouter {
    mutating func addControl(_ state: SandboxState, _ courier: CallbackCourier) {
        on("GET", "/sandbox/state") { _ in try await .json(state.snapshot()) }
        addCashbackControl(state)
        addTransactionsControl(state, courier)
        addFaultControl(state)
    }

    private mutating func addCashbackControl(_ state: SandboxState) {
        on("PUT", "/sandbox/cashback/entries/{id}") { call in
            let (id, change) = (call.path["id"], try call.json(CashbackChange.self))
            return try await .json(
                state.perform { models, now in
                    let row = try change.applied(to: models.cashback.rows[id], id: id, now: now)
                    models.cashback.tamper(row)
                    return CashbackRowWire(row)
                })
        }
        on("DELETE", "/sandbox/cashback/entries/{id}") { call in
            let id = call.path["id"]
            guard try await state.perform({ models, _ in models.cashback.remove(id: id) }) else {
                throw PartnerRefusal(404, "unknown_entry", "entry not found")
            }
            return .response(HTTPResponse(status: 204))
        }
    }

    private mutating func addTransactionsControl(_ state: SandboxState, _ courier: CallbackCourier) {
        on("PUT", "/sandbox/transactions/invoices/{invoice_id}/operations/{number}") { call in
            let (id, number) = (try call.identifier("invoice_id"), try call.number("number"))
            let decision = try call.json(Decision.self)
            let outcome = try await state.transact { model, _ in
                let outcome = try model.decide(
                    invoiceID: id, number: number, status: decision.status, reason: decision.reason)
                return (outcome, outcome.callbacks)
            }
            return try .json(OperationWire(outcome.operation))
        }
        on("POST", "/sandbox/transactions/invoices/{invoice_id}/callbacks") { call in
            let id = call.path["invoice_id"]
            let copies = Int(call.request.queryValue("copies") ?? "1") ?? 0
            guard (1...100).contains(copies) else { throw WireError(field: "copies", problem: "not 1 to 100") }
            guard await state.knowsInvoice(id) else {
                throw PartnerRefusal(404, "unknown_invoice", "invoice not found")
            }
            var reports = await state.reports(invoiceID: id)
            if call.request.queryValue("reversed") == "true" { reports.reverse() }
            reports = reports.flatMap { Array(repeating: $0, count: copies) }
            return try await .json(["sent": reports.count, "acknowledged": courier.deliver(reports)])
        }
    }

    private mutating func addFaultControl(_ state: SandboxState) {
        on("GET", "/sandbox/faults") { _ in try await .json(["faults": state.changeFaults { $0.entries }]) }
        on("POST", "/sandbox/faults") { call in
            let rule = try call.json(FaultRule.self)
            try rule.check()
            return try await .json(state.changeFaults { $0.add(rule) })
        }
        on("DELETE", "/sandbox/faults") { _ in
            await state.changeFaults { $0.removeAll() }
            return .response(HTTPResponse(status: 204))
        }
        on("DELETE", "/sandbox/faults/{id}") { call in
            let id = try call.number("id")
            guard await state.changeFaults({ $0.remove(id: id) }) else {
                throw PartnerRefusal(404, "unknown_fault", "rule not found")
            }
            return .response(HTTPResponse(status: 204))
        }
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

    func applied(to known: CashbackRowWire?, id: String, now: Instant) throws(WireError) -> CashbackLedgerRow {
        func field<Value>(_ new: Value?, _ old: Value?, _ name: String) throws(WireError) -> Value {
            guard let value = new ?? old else { throw WireError(field: name, problem: "missing") }
            return value
        }
        let money = try WireField.money(
            try field(amount, known?.amount, "amount"), try field(currency, known?.currency, "currency"))
        let entry = CashbackEntry(
            key: try field(key, known?.key, "key"), orderID: try field(orderID, known?.orderID, "order_id"),
            uid: try field(uid, known?.uid, "uid"), kind: try field(kind, known?.kind, "kind"), amount: money)
        let time = try (at ?? known?.at).map { text throws(WireError) in try WireField.instant(text, "at") } ?? now
        return CashbackLedgerRow(id: id, entry: entry, at: time)
    }
}
