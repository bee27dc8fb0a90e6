import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import WorldKit

/// Steps of the partners: reports of transactions, decisions of a bank, faults.
extension StepRunner {
    /// Delivers a report; its effect is the outcome.
    func report(_ step: StepFields) async throws -> StepResult {
        struct Effect: Decodable { var effect: String }
        let order = try step.order(system.deeplinkBase)
        let invoiceID = invoiceID(orderID: order.id, uid: try step.identifier("guest"))
        let number = try step.whole("operation") ?? 1
        let currency = order.known?.bill.amount.currency ?? .rub
        let asked = try step.decimal("amount").map { try Money(decimal: $0, currency: currency) }
        guard let amount = asked ?? order.known?.bill.amount,
            let kind = PaymentOperation.Kind(rawValue: try step.required("kind")),
            let status = PaymentOperation.Status(rawValue: try step.required("status"))
        else { throw step.problem("amount", "missing: the order does not belong to a bill of this scenario") }
        let callback = PaymentCallback(
            eventID: "\(invoiceID)-\(number)-\(status.rawValue)", invoiceID: invoiceID,
            operation: PaymentOperation(
                number: number, kind: kind, amount: amount, status: status, reason: try step.text("reason")))
        var effects: [String] = []
        for _ in 0..<(try step.whole("times") ?? 1) {
            let request = HTTPRequest(
                method: "POST", url: system.callbackURL,
                headers: HTTPHeaders([("Content-Type", "application/json")]), body: try callback.json(),
                timeoutSeconds: 10)
            let response = try await measured("report") { try await system.transport.send(request) }
            let effect = try? JSON.message(Effect.self, from: response.body).effect
            effects.append(effect ?? "refused_\(response.status)")
        }
        return StepResult(effects.first { $0.hasPrefix("refused") } ?? effects[0])
    }

    func sandbox(_ step: StepFields) async throws -> StepResult {
        guard let control = system.sandbox else { throw step.problem("do", "no sandbox") }
        switch step.kind {
        case .fault:
            let rule = try JSON.message(FaultRule.self, from: Array(JSONValue.object(step.step.fields).line.utf8))
            let id = "\(try await control.add(rule).id)"
            return StepResult("done", values: ["fault_id": id], ids: ["fault_id": id])
        case .heal:
            if let id = try step.text("fault").flatMap({ Int($0) }) {
                try await control.removeFault(id: id)
            } else {
                try await control.removeAllFaults()
            }
            return StepResult("done")
        default:
            let invoiceID = invoiceID(
                orderID: try step.order(system.deeplinkBase).id, uid: try step.identifier("guest"))
            if step.kind == .redeliver {
                for _ in 0..<(try step.whole("times") ?? 1) {
                    _ = try await control.redeliverCallbacks(ofInvoice: invoiceID)
                }
                return StepResult("done")
            }
            guard let status = PaymentOperation.Status(rawValue: try step.required("status")) else {
                throw step.problem("status", "is invalid")
            }
            let decided = try await control.decide(
                invoiceID: invoiceID, operation: try step.whole("operation") ?? 1, status: status,
                reason: try step.text("reason"))
            return StepResult(decided.status.rawValue)
        }
    }
}
