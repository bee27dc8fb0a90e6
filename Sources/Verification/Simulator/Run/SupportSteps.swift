import PaymentCore
import Payments
import WorldKit

/// Steps of the support.
extension StepRunner {
    private static let pauseSeconds = 0.02

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
        results.addLatency(system.world.now().seconds(since: begun), "refund")
        var operation = refund.operation
        let invoiceID = refund.order.edaOrderID ?? ""
        while try step.flag("wait") ?? true, !operation.status.isFinal {
            try await system.world.sleep(Self.pauseSeconds)
            let number = operation.number
            operation =
                try await Payments(services).operation(invoiceID: invoiceID, number: number)?.operation ?? operation
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

    private func services(_ step: StepFields) throws -> Services {
        guard let services = system.services else { throw step.problem("do", "the store cannot be reached") }
        return services
    }
}
