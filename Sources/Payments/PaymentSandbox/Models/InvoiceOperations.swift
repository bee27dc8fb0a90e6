import EncodingKit
import PaymentCore
import PaymentPartners
import WorldKit

/// How an operation begins, given its kind and the fate of the card.
extension InvoiceRecord {
    /// When the next pending operation succeeds on its own.
    var nextDue: Int64? { operations.compactMap(\.dueAt).min() }

    /// Adds the operation, or replaces the one with its number.
    mutating func insert(_ operation: Operation) {
        operations.removeAll { $0.number == operation.number }
        let index = operations.firstIndex { $0.number > operation.number } ?? operations.endIndex
        operations.insert(operation, at: index)
    }

    /// Moves an operation to a final status; the result is to be reported.
    mutating func change(
        _ number: Int, to status: PaymentOperation.Status, reason: String? = nil
    ) -> Event {
        if var operation = operation(number) {
            operation.status = status
            operation.reason = reason
            operation.dueAt = nil
            insert(operation)
        }
        return Event(number: number, status: status, reason: reason)
    }

    /// Begins an operation whose number is not in use.
    mutating func begin(_ request: OperationRequest, dueAt: Instant) throws(PartnerRefusal) -> [Event] {
        switch request.kind {
        case .hold: return try beginHold(request, dueAt)
        case .clear: return try beginClear(request, dueAt)
        case .refund:
            guard request.amount.minorUnits <= captured.minus(refunded).minus(pendingRefunds) else {
                throw PartnerRefusal(409, "amount_exceeded", "more than was captured and not yet refunded")
            }
            let isSlow = operations.contains { $0.card == .slow && $0.status == .succeeded }
            return begin(Operation(request), isSlow ? .later(dueAt) : .now(.succeeded))
        }
    }

    private enum Beginning {
        case now(PaymentOperation.Status, reason: String? = nil)
        case later(Instant)
        case never
    }

    private mutating func begin(_ operation: Operation, _ beginning: Beginning) -> [Event] {
        var operation = operation
        if case .later(let instant) = beginning { operation.dueAt = instant.microseconds }
        insert(operation)
        guard case .now(let status, let reason) = beginning else { return [] }
        return [change(operation.number, to: status, reason: reason)]
    }

    private mutating func beginHold(_ request: OperationRequest, _ dueAt: Instant) throws(PartnerRefusal) -> [Event] {
        guard let card = request.paymentMethodID.flatMap(Card.init) else {
            throw PartnerRefusal(422, "unknown_payment_method", "payment method not found")
        }
        guard request.number > operations.last?.number ?? 0 else {
            throw PartnerRefusal(409, "stale_operation", "a later operation has overtaken this hold")
        }
        guard request.amount.minorUnits <= (terms?.amount ?? 0).minus(held).minus(pendingHolds).minus(captured) else {
            throw PartnerRefusal(409, "amount_exceeded", "the invoice would be held for more than its amount")
        }
        let wasDeclined = operations.contains { $0.card == .declineOnce && $0.status == .failed }
        var hold = Operation(request)
        hold.card = card
        switch card {
        case .approve, .lost, .lapse: return begin(hold, .now(.succeeded))
        case .declineOnce where wasDeclined: return begin(hold, .now(.succeeded))
        case .decline, .declineOnce: return begin(hold, .now(.failed, reason: "declined"))
        case .threeDS: return begin(hold, .never)
        case .slow: return begin(hold, .later(dueAt))
        }
    }

    private mutating func beginClear(_ request: OperationRequest, _ dueAt: Instant) throws(PartnerRefusal) -> [Event] {
        let holds = operations.filter { $0.kind == .hold && $0.number < request.number && !$0.isVoidedInAdvance }
        guard let hold = holds.last else { throw PartnerRefusal(409, "no_hold", "there is no hold to clear") }
        guard clear(of: hold.number, .pending, .succeeded) == nil else {
            throw PartnerRefusal(409, "already_cleared", "the hold was cleared by another operation")
        }
        guard request.amount.minorUnits <= hold.amount else {
            throw PartnerRefusal(409, "amount_exceeded", "more than was held")
        }
        var clear = Operation(request)
        clear.hold = hold.number
        switch hold.status {
        case .pending: throw PartnerRefusal(409, "hold_pending", "the hold is not decided yet")
        case .failed, .voided, .lapsed: return begin(clear, .now(.failed, reason: "hold_\(hold.status.rawValue)"))
        case .succeeded where hold.card == .lapse:
            let lapse = change(hold.number, to: .lapsed)
            return [lapse] + begin(clear, .now(.failed, reason: "hold_lapsed"))
        case .succeeded: return begin(clear, hold.card == .slow ? .later(dueAt) : .now(.succeeded))
        }
    }
}

extension InvoiceRecord.Operation {
    /// A hold whose void arrived before the hold itself.
    var isVoidedInAdvance: Bool { kind == .hold && status == .voided && amount == 0 }

    fileprivate init(_ request: OperationRequest) {
        self.init(
            number: request.number, kind: request.kind, amount: request.amount.minorUnits, status: .pending)
    }
}
