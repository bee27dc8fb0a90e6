import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import WorldKit

/// Steps of the support, the bank and the operators.
extension StepRunner {
    private static let pauseSeconds = 0.02

    // MARK: The support

    /// Makes a refund, and waits for the outcome.
    func refund(_ step: StepFields) async throws -> StepResult {
        let services = try services(step)
        let orderID = try step.order(system.deeplinkBase).id
        let order = try await Orders(services).order(orderID)
        let amount = try step.decimal("amount").map { try Money(decimal: $0, currency: order.currency) }
        let request = Payments.RefundRequest(
            orderID: orderID, amount: amount, reason: try step.text("reason") ?? "simulated",
            // A scenario may repeat a refund on purpose.
            key: try step.text("key"), isAgain: true)
        let begun = system.world.now()
        let refund = try await Payments(services).refund(request, actor: .support)
        board.took(system.world.now().seconds(since: begun), "refund")
        var operation = refund.operation
        let invoiceID = refund.order.edaOrderID ?? ""
        while try step.flag("wait") ?? true, !operation.status.isFinal {
            try await system.world.sleep(Self.pauseSeconds)
            let number = operation.number
            let record = try await services.store.read {
                try $0.operations.operation(invoiceID: invoiceID, number: number)
            }
            operation = record?.operation ?? operation
        }
        let ids = ["operation": "\(operation.number)", "eda_order_id": invoiceID]
        return StepResult(
            operation.status.rawValue, values: ids.merging(["amount": operation.amount.decimal]) { $1 }, ids: ids)
    }

    func cancel(_ step: StepFields) async throws -> StepResult {
        let order = try await Orders(try services(step)).cancel(
            try step.order(system.deeplinkBase).id, actor: .support, reason: try step.text("reason") ?? "simulated")
        return StepResult(order.status.rawValue)
    }

    // MARK: Transactions

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

    // MARK: The system itself

    func own(_ step: StepFields) async throws -> StepResult {
        guard let own = system.own else { throw step.problem("do", "works only on the simulation's own server") }
        switch step.kind {
        case .workers:
            await own.setWorkers(try step.whole("count") ?? 0)
            return StepResult("done")
        case .work:
            let attempts = try await own.work(limit: try step.whole("limit") ?? 1)
            return StepResult(
                attempts.map(\.ending.word).min() ?? "idle", values: ["attempts": "\(attempts.count)"])
        default:
            own.advance(bySeconds: try step.seconds("seconds").lowerBound)
            return StepResult("done")
        }
    }

    private func services(_ step: StepFields) throws -> Services {
        guard let services = system.services else { throw step.problem("do", "the store cannot be reached") }
        return services
    }
}

extension Worker.Attempt.Ending {
    fileprivate var word: String {
        switch self {
        case .done: "done"
        case .postponed: "postponed"
        case .stuck: "stuck"
        case .leaseLost: "lease_lost"
        }
    }
}
