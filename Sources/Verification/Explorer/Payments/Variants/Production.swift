import PaymentCore
import Payments
import QueueKit
import WorldKit

extension Variant {
    /// The production code.
    package static let production = Variant(
        name: "production", summary: "the code in use: seed-v1 with operation numbers"
    ) { try await $1.production($0) }
}

extension ProgramEnvironment {
    /// Runs a program with the production services.
    func production(_ program: Program) async throws -> String {
        switch program {
        case .setUp: return try await setUp()
        case .look: return "\(try await SnapshotReader(services).ours().count)"
        case .pay(let guest):
            return try await Payments(services).begin(
                Payments.Request(orderID: orderID, uid: uid(of: guest), paymentMethodID: scenario.card(of: guest))
            ).status.rawValue
        case .report(let callback):
            let effect = try await Payments(services).apply(callback.operation, invoiceID: callback.invoiceID).effect
            return effect == .applied ? "" : "\(effect)"
        case .attempt(let name):
            let worker = Worker(services.queue, processes: Processes(own: name) { _ in true })
            let attempts = try await worker.runDue(limit: 1)
            return attempts.map(\.ending.word).joined()
        case .rescue(let name, let dead):
            try await Worker(services.queue, processes: Processes(own: name) { !dead.contains($0) })
                .rescueTasksOfDeadWorkers()
            return ""
        case .refund:
            let request = Payments.RefundRequest(orderID: orderID, amount: refund, reason: "explored", isAgain: true)
            return "refund \(try await Payments(services).refund(request, actor: .support).operation.number)"
        }
    }

    /// A restaurant with cashback, and one bill.
    func setUp() async throws -> String {
        var services = services
        services.world.newID = { orderID }
        _ = try await Restaurants(services).add(
            clientID: clientID, name: "Bistro", zone: nil, cashback: try Percent("30"))
        let bill = Bill(
            clientID: clientID, internalOrderID: "bill-1", amount: bill,
            lines: [BillLine(name: "Soup", amount: bill)])
        return try await Preorders(services).create(bill).order.orderID
    }
}

extension Worker.Attempt.Ending {
    /// Outcomes not visible in the store.
    fileprivate var word: String {
        switch self {
        case .done: ""
        case .postponed(_, let errorClass), .stuck(let errorClass): errorClass
        case .leaseLost: "its lease is lost"
        }
    }
}
