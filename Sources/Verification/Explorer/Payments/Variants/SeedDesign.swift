import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import WorldKit

/// An early design as originally specified, on our store and the sandbox's partners.
///
/// No operation numbers, no tasks: a guest's request does everything itself, and the rest follows from the reports of
/// transactions, which are sent until they are dealt with.
struct SeedDesign: Sendable {
    /// The origin of the order's id in Eda.
    enum EdaID { case derived, madeByEda, madeByEdaEachTime }

    var edaID = EdaID.derived
    /// A failed hold releases the order to all guests again (the third variant).
    var resetsOnFailure = false
    /// The update of step 2.2.2 checks the order's status too, not only its user.
    var updateChecksStatus = false

    func run(_ program: Program, _ environment: ProgramEnvironment) async throws -> String {
        switch program {
        case .pay(let guest):
            try await pay(environment.uid(of: guest), environment.scenario.card(of: guest), environment)
        case .report(let callback): try await report(callback, environment)
        case .setUp: try await environment.setUpSeed()
        case .look, .attempt, .rescue, .refund: try await environment.production(program)
        }
    }

    // MARK: /orders

    private func pay(_ uid: String, _ card: String, _ environment: ProgramEnvironment) async throws -> String {
        let order = try await environment.order()
        let edaOrderID: String
        switch order.status {
        case .holding:
            // 2.1
            guard order.uid == uid, let known = order.edaOrderID else {
                throw OrderError.alreadyBeingPaid(orderID: order.orderID)
            }
            edaOrderID = known
        case .holdFailed where order.uid == uid:
            // 2.3
            edaOrderID = try await update(uid, to: nil, environment)
        case .pending, .holdFailed:
            // 2.2
            switch edaID {
            case .derived:
                let derived = EdaOrderID.derive(orderID: order.orderID, uid: uid, service: "restaurant")
                edaOrderID = try await update(uid, to: derived, environment)
                try await environment.createEdaOrder(edaOrderID, uid)
            case .madeByEda, .madeByEdaEachTime:
                let made = try await environment.makeEdaOrder(uid, isIdempotent: edaID == .madeByEda)
                edaOrderID = try await update(uid, to: made, environment)
            }
        case .held, .cleared, .refunded, .clearFailed, .canceled, .expired:
            return order.status.rawValue
        }
        // 4
        try await environment.createInvoice(edaOrderID, uid, card)
        return OrderStatus.holding.rawValue
    }

    /// `/order/update`, the synchronization point: refuses another user's order, unless its hold failed.
    /// - Returns: the effective id of the order in Eda.
    private func update(_ uid: String, to edaOrderID: String?, _ environment: ProgramEnvironment) async throws -> String
    {
        let now = environment.services.world.now()
        return try await environment.services.store.write { [self] transaction in
            let current = try environment.order(in: transaction)
            guard current.uid == nil || current.uid == uid || current.status == .holdFailed else {
                throw OrderError.alreadyBeingPaid(orderID: current.orderID)
            }
            if updateChecksStatus, !current.status.isOpen {
                guard current.status == .holding, let known = current.edaOrderID else {
                    throw OrderError.stateForbids(orderID: current.orderID, action: "pay", status: current.status)
                }
                return known
            }
            var order = current
            // Without idempotency the first id of a user is kept.
            let keepsID = edaID == .madeByEdaEachTime && current.uid == uid
            if let edaOrderID, !keepsID { order.edaOrderID = edaOrderID }
            order.uid = uid
            order.status = .holding
            try environment.move(order, from: current, .paymentBegun, detail: ["uid": uid], at: now, in: transaction)
            return order.edaOrderID ?? ""
        }
    }

    // MARK: payments_eda_stq_callback

    private func report(_ callback: PaymentCallback, _ environment: ProgramEnvironment) async throws -> String {
        let now = environment.services.world.now()
        let (kind, status) = (callback.operation.kind, callback.operation.status)
        let isHeld = try await environment.services.store.write { [self] transaction -> Bool in
            try environment.record(callback, at: now, in: transaction)
            let current = try environment.order(in: transaction)
            guard current.edaOrderID == callback.invoiceID else { return false }
            var order = current
            switch (kind, status, current.status) {
            case (.hold, .succeeded, .holding):
                order.status = .held
                try environment.move(order, from: current, .held, at: now, in: transaction)
                return true
            case (.hold, _, .holding) where resetsOnFailure:
                order.status = .pending
                order.uid = nil
                order.edaOrderID = nil
                try environment.move(order, from: current, .holdFailed, at: now, in: transaction)
            case (.hold, _, .holding):
                order.status = .holdFailed
                try environment.move(order, from: current, .holdFailed, at: now, in: transaction)
            case (.clear, .succeeded, .held):
                order.status = .cleared
                order.capturedAmount = callback.operation.amount
                try environment.move(order, from: current, .cleared, at: now, in: transaction)
            case (.clear, _, .held):
                order.status = .clearFailed
                try environment.move(order, from: current, .clearFailed, at: now, in: transaction)
            default:
                // Repeated by a client that did not receive the hold's result.
                return kind == .hold && status == .succeeded && current.status == .held
            }
            return false
        }
        if isHeld { try await environment.startClear(callback.invoiceID) }
        return "\(kind.rawValue) \(status.rawValue)"
    }
}
