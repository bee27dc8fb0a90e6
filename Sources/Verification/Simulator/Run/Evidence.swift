import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import WorldKit

/// What is known of a run's payments, and which invariants it suffices to check.
struct Evidence {
    var snapshot: PaymentSnapshot
    var invariants: [PaymentInvariant]
    /// Why the others cannot be checked.
    var why: String

    init(ours: [OrderSnapshot], theirs: PartnerHoldings?) {
        snapshot = PaymentSnapshot(orders: ours, partners: theirs)
        invariants = theirs == nil ? PaymentInvariant.ofOurSide : PaymentInvariant.allCases
        why = "the partners' state could not be read"
    }

    /// Only the partners' side: their records for each bill.
    init(fromPartners state: SandboxSnapshot, _ bills: [String: RunResults.KnownOrder]) throws {
        let theirs = try PartnerHoldings(state, of: Set(bills.keys))
        let orderIDs = Dictionary(state.invoices.map { ($0.invoiceID, $0.orderID) }) { first, _ in first }
        let invoices = Dictionary(grouping: theirs.invoices) { orderIDs[$0.invoiceID] ?? "" }
        snapshot = PaymentSnapshot(
            orders: bills.sorted { $0.key < $1.key }.map { id, known in
                OrderSnapshot(id, known.bill, invoices[id] ?? [])
            }, partners: theirs)
        invariants = [
            .heldWithinBill, .capturedWithinHeld, .refundedWithinCaptured, .oneClear, .oneLiveHold, .cashbackOnce,
        ]
        why = "the store could not be read"
    }
}

extension PartnerHoldings {
    /// - Parameter orderIDs: the orders; nil for all.
    /// - Throws: ``FieldError`` for an invalid state.
    init(_ state: SandboxSnapshot, of orderIDs: Set<String>?) throws {
        let isMeant: (String) -> Bool = { orderIDs?.contains($0) ?? true }
        self.init(
            invoices: try state.invoices.filter { isMeant($0.orderID) }.map { Invoice(try $0.invoice()) },
            ledger: try state.cashbackEntries.filter { isMeant($0.orderID) }.map { try $0.row() })
    }
}

extension OrderSnapshot {
    /// An order known only by its bill and the partners' side.
    fileprivate init(_ orderID: String, _ bill: Bill, _ invoices: [PartnerHoldings.Invoice]) {
        let never = Instant(microseconds: 0)
        let nothing = Money.zero(bill.amount.currency)
        self.init(
            order: Order(
                orderID: orderID, clientID: bill.clientID, internalOrderID: bill.internalOrderID, amount: bill.amount,
                capturedAmount: nothing, refunded: nothing, createdAt: never, updatedAt: never, expiresAt: never),
            operations: invoices.flatMap { invoice in
                invoice.operations.map {
                    OperationRecord(orderID: orderID, invoiceID: invoice.invoiceID, uid: "", operation: $0)
                }
            })
    }
}
