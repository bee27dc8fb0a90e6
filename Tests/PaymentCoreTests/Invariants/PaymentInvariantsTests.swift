import PaymentCore
import Testing

@Suite struct PaymentInvariantsTests {
    private static let lines = [BillLine(name: "Soup", amount: rub(10_000))]

    private static func operation(
        _ number: Int, _ kind: PaymentOperation.Kind, _ kopecks: Int64, _ status: PaymentOperation.Status = .succeeded
    ) -> PaymentOperation {
        PaymentOperation(number: number, kind: kind, amount: rub(kopecks), status: status)
    }

    private static func entry(_ number: Int, _ kind: CashbackEntry.Kind, _ kopecks: Int64, uid: String = "boris")
        -> CashbackEntry
    {
        CashbackEntry(key: "o-\(number)", orderID: "o", uid: uid, kind: kind, amount: rub(kopecks))
    }

    private static func journal(
        _ event: JournalEntry.Event, _ from: OrderStatus?, _ to: OrderStatus?, uid: String? = nil
    ) -> JournalEntry {
        JournalEntry(
            at: .zero, orderID: "o", event: event, from: from, to: to, actor: .worker,
            detail: uid.map { ["uid": $0] } ?? [:])
    }

    /// Anna was declined, Boris paid 100.00, 20.00 of it was refunded; 30% cashback.
    private static func healthy() throws -> PaymentSnapshot {
        let order = Order(
            orderID: "o", clientID: "c", internalOrderID: "b", status: .cleared, amount: rub(10_000),
            capturedAmount: rub(10_000), refunded: rub(2_000), uid: "boris", edaOrderID: "b", operation: 2,
            cashback: CashbackTerms(ruleID: "r", percent: try Percent("30"), cap: nil), createdAt: .zero,
            updatedAt: .zero, expiresAt: .zero)
        let paid = [operation(1, .hold, 10_000), operation(2, .clear, 10_000), operation(3, .refund, 2_000)]
        let declined = operation(1, .hold, 10_000, .failed)
        let cashback = [entry(1, .accrual, 3_000), entry(2, .clawback, 600)]
        let documents = [(1, 2, DocumentRecord.Kind.payment, Int64(10_000)), (2, 3, .refund, 2_000)].map {
            DocumentRecord(
                orderID: "o", invoiceID: "b", version: $0, operation: $1, kind: $2, amount: rub($3), lines: lines,
                sellerName: "Bistro")
        }
        let ours = OrderSnapshot(
            order: order,
            operations: [OperationRecord(orderID: "o", invoiceID: "a", uid: "anna", operation: declined)]
                + paid.map { OperationRecord(orderID: "o", invoiceID: "b", uid: "boris", operation: $0) },
            journal: [
                journal(.created, nil, .pending), journal(.paymentBegun, .pending, .holding, uid: "anna"),
                journal(.holdFailed, .holding, .holdFailed),
                journal(.paymentBegun, .holdFailed, .holding, uid: "boris"), journal(.held, .holding, .held),
                journal(.cleared, .held, .cleared), journal(.refundRequested, nil, nil), journal(.refunded, nil, nil),
            ],
            documents: documents,
            receipts: documents.map {
                StoredReceipt(
                    orderID: "o", documentID: $0.documentID, kind: $0.kind, cost: $0.amount, key: "k", createdAt: .zero)
            },
            cashback: cashback)
        return PaymentSnapshot(
            orders: [ours],
            partners: PartnerHoldings(
                invoices: [
                    PartnerHoldings.Invoice(
                        invoiceID: "a", held: rub(0), captured: rub(0), refunded: rub(0), operations: [declined]),
                    PartnerHoldings.Invoice(
                        invoiceID: "b", held: rub(0), captured: rub(10_000), refunded: rub(2_000), operations: paid),
                ],
                ledger: cashback.map { CashbackLedgerRow(id: "cb-\($0.key)", entry: $0, at: .zero) }))
    }

    @Test(arguments: [true, false]) func `a correct snapshot has no violations`(isQuiet: Bool) throws {
        var snapshot = try Self.healthy()
        #expect(PaymentInvariants.broken(in: snapshot, isQuiet: isQuiet).isEmpty)
        snapshot.partners = nil
        #expect(PaymentInvariants.broken(in: snapshot, isQuiet: isQuiet).isEmpty)
        snapshot.orders = []
        #expect(PaymentInvariants.broken(in: snapshot, isQuiet: isQuiet).isEmpty)
    }

    private struct Harm: Sendable {
        var name: String
        /// The expected violations, in order.
        var breaks: [PaymentInvariant]
        /// Whether it is a violation only once all work has settled.
        var onlyWhenQuiet = false
        var change: @Sendable (inout OrderSnapshot, inout PartnerHoldings) -> Void
    }

    private static let harms: [Harm] = [
        Harm(name: "a hold beyond the bill", breaks: [.heldWithinBill]) { ours, _ in
            ours.order.amount = rub(9_999)
            ours.order.capturedAmount = rub(9_999)
        },
        Harm(name: "a live hold beside the capture", breaks: [.heldWithinBill]) { _, theirs in
            theirs.invoices[1].held = rub(1)
        },
        Harm(name: "a capture without a hold", breaks: [.capturedWithinHeld]) { _, theirs in
            theirs.invoices[1].operations[0].status = .voided
        },
        Harm(name: "our capture without a hold", breaks: [.capturedWithinHeld]) { ours, _ in
            ours.operations[1].operation.status = .voided
        },
        Harm(name: "too much given back at transactions", breaks: [.refundedWithinCaptured]) { _, theirs in
            theirs.invoices[1].refunded = rub(10_001)
        },
        Harm(name: "too much on its way back", breaks: [.refundedWithinCaptured]) { ours, _ in
            ours.operations.append(
                OperationRecord(
                    orderID: "o", invoiceID: "b", uid: "boris", operation: operation(4, .refund, 8_001, .pending)))
        },
        Harm(name: "a refund that is not counted", breaks: [.refundedWithinCaptured]) { ours, _ in
            ours.order.refunded = rub(1_000)
        },
        Harm(name: "captured twice", breaks: [.oneClear]) { _, theirs in
            theirs.invoices[0].operations.append(operation(2, .clear, 10_000))
        },
        Harm(name: "two live holds", breaks: [.oneLiveHold], onlyWhenQuiet: true) { _, theirs in
            theirs.invoices[0].held = rub(5_000)
            theirs.invoices[0].operations.append(operation(2, .hold, 5_000, .pending))
        },
        Harm(name: "a payer pushed aside", breaks: [.payerKept]) { ours, _ in
            ours.journal.insert(journal(.paymentBegun, .holding, .holding, uid: "clara"), at: 4)
        },
        Harm(name: "a payer out of nowhere", breaks: [.payerKept]) { ours, _ in ours.order.uid = "clara" },
        Harm(name: "back from a final state", breaks: [.finalStatesStay]) { ours, _ in
            ours.journal.append(journal(.canceled, .cleared, .canceled))
        },
        Harm(name: "a status without a journal", breaks: [.finalStatesStay]) { ours, _ in
            ours.order.status = .refunded
        },
        Harm(name: "a gap in the journal", breaks: [.finalStatesStay]) { ours, _ in ours.journal.remove(at: 4) },
        Harm(name: "accrued twice", breaks: [.cashbackOnce]) { ours, _ in
            ours.cashback.append(entry(3, .accrual, 1))
        },
        Harm(name: "accrued twice at the service", breaks: [.cashbackOnce]) { _, theirs in
            theirs.ledger.append(CashbackLedgerRow(id: "x", entry: entry(3, .accrual, 1), at: .zero))
        },
        Harm(name: "not what is due", breaks: [.cashbackDue]) { ours, _ in ours.cashback.removeLast() },
        Harm(name: "promised to somebody else", breaks: [.cashbackDue]) { ours, _ in ours.cashback[0].uid = "anna" },
        Harm(name: "the service lags", breaks: [.cashbackDue, .sidesAgree], onlyWhenQuiet: true) { _, theirs in
            theirs.ledger.removeLast()
        },
        Harm(name: "a capture without a document", breaks: [.oneReceipt]) { ours, _ in
            ours.documents.removeLast()
            ours.receipts.removeLast()
        },
        Harm(name: "a document twice", breaks: [.oneReceipt]) { ours, _ in ours.documents.append(ours.documents[0]) },
        Harm(name: "a document of another amount", breaks: [.oneReceipt]) { ours, _ in
            ours.documents[1].amount = rub(1)
        },
        Harm(name: "a gap in the versions", breaks: [.oneReceipt]) { ours, _ in ours.documents[1].version = 3 },
        Harm(name: "no receipt yet", breaks: [.oneReceipt], onlyWhenQuiet: true) { ours, _ in
            ours.receipts.removeLast()
        },
        Harm(name: "paid with nothing captured", breaks: [.paidMeansTaken]) { _, theirs in
            theirs.invoices[1].captured = rub(0)
        },
        Harm(name: "paid in part", breaks: [.paidMeansTaken]) { ours, _ in ours.order.capturedAmount = rub(9_000) },
        Harm(name: "taken without being paid", breaks: [.paidMeansTaken]) { ours, _ in ours.order.status = .held },
        Harm(name: "a failure that transactions denies", breaks: [.outcomeNotGuessed]) { _, theirs in
            theirs.invoices[0].operations[0].status = .pending
        },
        Harm(name: "a success that transactions denies", breaks: [.outcomeNotGuessed]) { _, theirs in
            theirs.invoices[1].operations[1].status = .failed
        },
        Harm(name: "an outcome of an unknown invoice", breaks: [.outcomeNotGuessed]) { _, theirs in
            theirs.invoices.remove(at: 0)
        },
        Harm(name: "a failed hold without a failure", breaks: [.outcomeNotGuessed]) { ours, _ in
            ours.order.status = .holdFailed
        },
        Harm(name: "an operation nobody asked for", breaks: [.nothingUnknown]) { _, theirs in
            theirs.invoices[0].operations.append(operation(2, .clear, 10_000, .failed))
        },
        Harm(name: "an entry nobody asked for", breaks: [.nothingUnknown]) { _, theirs in
            theirs.ledger[0].entry.amount = rub(3_001)
        },
        Harm(name: "an invoice nobody asked for", breaks: [.nothingUnknown]) { _, theirs in
            theirs.invoices[0].invoiceID = "x"
        },
        Harm(name: "a hold left over", breaks: [.holdHasOwner], onlyWhenQuiet: true) { _, theirs in
            theirs.invoices[0].held = rub(10_000)
        },
        Harm(name: "an operation on its way", breaks: [.nothingMoves], onlyWhenQuiet: true) { ours, _ in
            ours.operations.append(
                OperationRecord(
                    orderID: "o", invoiceID: "b", uid: "boris", operation: operation(4, .refund, 1, .pending)))
        },
        Harm(name: "an order on its way", breaks: [.nothingMoves]) { ours, _ in ours.order.status = .holding },
        Harm(name: "a hold that lapsed unnoticed", breaks: [.sidesAgree], onlyWhenQuiet: true) { ours, theirs in
            for number in [1, 2] {
                ours.operations.append(
                    OperationRecord(
                        orderID: "o", invoiceID: "a", uid: "anna",
                        operation: operation(number + 1, .hold, 10_000, .succeeded)))
                theirs.invoices[0].operations.append(operation(number + 1, .hold, 10_000, .lapsed))
            }
        },
        Harm(name: "another sum captured", breaks: [.sidesAgree], onlyWhenQuiet: true) { _, theirs in
            theirs.invoices[1].refunded = rub(2_001)
        },
    ]

    @Test(arguments: harms.indices) func `every violation is found`(index: Int) throws {
        let harm = Self.harms[index]
        var snapshot = try Self.healthy()
        var theirs = try #require(snapshot.partners)
        harm.change(&snapshot.orders[0], &theirs)
        snapshot.partners = theirs
        let quiet = PaymentInvariants.broken(in: snapshot, isQuiet: true)
        let found = Set(quiet.map(\.invariant))
        #expect(found.isSuperset(of: harm.breaks), "\(harm.name): \(quiet)")
        let anyTime = PaymentInvariants.broken(in: snapshot, isQuiet: false)
        if harm.onlyWhenQuiet {
            #expect(Set(anyTime.map(\.invariant)).isDisjoint(with: harm.breaks), "\(harm.name): \(anyTime)")
        } else if !harm.breaks.contains(.nothingMoves) {
            #expect(Set(anyTime.map(\.invariant)).isSuperset(of: harm.breaks), "\(harm.name): \(anyTime)")
        }
        #expect(quiet.allSatisfy { !$0.explanation.isEmpty && $0.description.hasPrefix($0.invariant.rawValue) })
        for invariant in harm.breaks {
            let alone = PaymentInvariants.broken(in: snapshot, isQuiet: true, checking: [invariant])
            #expect(!alone.isEmpty && alone.allSatisfy { $0.invariant == invariant })
        }
    }

    @Test func `every invariant can be violated`() {
        #expect(Set(Self.harms.flatMap(\.breaks)) == Set(PaymentInvariant.allCases))
    }
}
