import EncodingKit

/// Checks snapshots against the invariants.
package enum PaymentInvariants {
    /// All violations; empty when there are none.
    /// - Parameters:
    ///   - isQuiet: whether all work has settled: every task is done, every partner has answered.
    ///   - invariants: which ones to check.
    package static func broken(
        in snapshot: PaymentSnapshot, isQuiet: Bool, checking invariants: [PaymentInvariant] = PaymentInvariant.allCases
    ) -> [BrokenInvariant] {
        let sides = OrderSides.all(in: snapshot)
        var broken: [BrokenInvariant] = []
        for invariant in invariants {
            for order in sides {
                broken += invariant.explanations(of: order, isQuiet: isQuiet).map {
                    BrokenInvariant(invariant: invariant, orderID: order.order.orderID, explanation: $0)
                }
            }
        }
        if invariants.contains(.nothingUnknown) {
            broken += unknownHoldings(in: snapshot).map {
                BrokenInvariant(invariant: .nothingUnknown, orderID: nil, explanation: $0)
            }
        }
        return broken
    }

    /// What the partners hold for none of the orders.
    private static func unknownHoldings(in snapshot: PaymentSnapshot) -> [String] {
        guard let partners = snapshot.partners else { return [] }
        let invoices = Set(snapshot.orders.flatMap { $0.operations.map(\.invoiceID) })
        let orders = Set(snapshot.orders.map(\.order.orderID))
        return partners.invoices.filter { !invoices.contains($0.invoiceID) }
            .map { "transactions has invoice \($0.invoiceID), which no order of ours ever asked for" }
            + partners.ledger.filter { !orders.contains($0.entry.orderID) }
            .map { "the cashback service has \($0.entry.text) under \($0.entry.key) for order \($0.entry.orderID)" }
    }
}

extension PaymentInvariant {
    fileprivate func explanations(of sides: OrderSides, isQuiet: Bool) -> [String] {
        switch self {
        case .heldWithinBill: sides.heldBeyondBill()
        case .capturedWithinHeld: sides.capturedBeyondHeld()
        case .refundedWithinCaptured: sides.refundedBeyondCaptured()
        case .oneClear: sides.secondClears()
        case .oneLiveHold: isQuiet ? sides.secondLiveHolds() : []
        case .payerKept: sides.payerChanges()
        case .finalStatesStay: sides.stepsAstray()
        case .cashbackOnce: sides.secondAccruals()
        case .cashbackDue: sides.cashbackNotDue(isQuiet: isQuiet)
        case .oneReceipt: sides.receiptsAstray(isQuiet: isQuiet)
        case .paidMeansTaken: sides.paidWithoutMoney()
        case .outcomeNotGuessed: sides.guessedOutcomes()
        case .nothingUnknown: sides.unknownHoldings()
        case .holdHasOwner: isQuiet ? sides.ownerlessHolds() : []
        case .nothingMoves: isQuiet ? sides.unfinished() : []
        case .sidesAgree: isQuiet ? sides.disagreements() : []
        }
    }
}

/// One order, and what the partners hold for it.
struct OrderSides {
    let ours: OrderSnapshot
    /// The invoices that the order's operations name, as far as transactions knows them; nil when it was not queried.
    let invoices: [PartnerHoldings.Invoice]?
    /// Nil when the cashback service was not queried.
    let ledger: [CashbackLedgerRow]?

    var order: Order { ours.order }

    static func all(in snapshot: PaymentSnapshot) -> [OrderSides] {
        guard let partners = snapshot.partners else {
            return snapshot.orders.map { OrderSides(ours: $0, invoices: nil, ledger: nil) }
        }
        let invoices = Dictionary(grouping: partners.invoices, by: \.invoiceID)
        let ledger = Dictionary(grouping: partners.ledger, by: \.entry.orderID)
        return snapshot.orders.map { order in
            let ids = Set(order.operations.map(\.invoiceID)).sorted()
            return OrderSides(
                ours: order, invoices: ids.flatMap { invoices[$0] ?? [] }, ledger: ledger[order.order.orderID] ?? [])
        }
    }

    func operations(_ kind: PaymentOperation.Kind, _ status: PaymentOperation.Status) -> [OperationRecord] {
        ours.operations.filter { $0.operation.kind == kind && $0.operation.status == status }
    }

    func operation(_ invoiceID: String?, _ number: Int) -> OperationRecord? {
        ours.operations.first { $0.invoiceID == invoiceID && $0.operation.number == number }
    }

    func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: order.currency) }
}

extension PartnerHoldings.Invoice {
    func operations(_ kind: PaymentOperation.Kind, _ status: PaymentOperation.Status) -> [PaymentOperation] {
        operations.filter { $0.kind == kind && $0.status == status }
    }
}

extension Sequence<PaymentOperation> {
    var total: Int64 { reduce(0) { $0.plus($1.amount.minorUnits) } }
}

extension PaymentOperation {
    /// `"hold 1 of 120.00 RUB"`.
    var text: String { "\(kind.rawValue) \(number) of \(amount)" }
}

extension CashbackEntry {
    /// `"an accrual of 36.00 RUB to 4001"`.
    var text: String { "\(kind == .accrual ? "an accrual" : "a clawback") of \(amount) to \(uid)" }
}
