/// Compares, order by order, the cashback that is due with what the cashback service accrued; tolerance 0.
package enum CashbackAudit {
    package struct Finding: Hashable, Sendable {
        package enum Class: String, CaseIterable, Codable, Sendable {
            /// Cashback is due and nothing was accrued.
            case missing
            /// An accrual or clawback for an order that we do not know.
            case extra
            /// More than one accrual of the right amount.
            case duplicate
            case wrongAmount = "wrong_amount"
            case wrongUser = "wrong_user"
            /// An accrual on an order from which no money is kept because none was taken.
            case unpaidOrder = "unpaid_order"
            /// Money was given back, the cashback on it was not.
            case notClawedBack = "not_clawed_back"
        }

        /// The same for the same finding in every run: class, order and, where it is about one, the ledger's row.
        package var id: String
        package var findingClass: Class
        package var orderID: String
        package var uid: String?
        package var due: Money
        package var accrued: Money
        package var clawedBack: Money
        /// The arithmetic in words of numbers.
        package var explanation: String

        /// What the cashback service has too much (negative: too little).
        package var difference: Money { CashbackAudit.less(CashbackAudit.less(accrued, clawedBack), due) }
    }

    /// All findings, by order and then by class.
    /// - Parameters:
    ///   - orders: every order that the ledger should speak of; one whose payment is still moving is left out.
    ///   - ledger: every row of the cashback service for them.
    package static func findings(orders: [Order], ledger: [CashbackLedgerRow]) -> [Finding] {
        let rows = Dictionary(grouping: ledger, by: \.entry.orderID)
        let known = Set(orders.map(\.orderID))
        let ofOrders = orders.filter { !$0.status.isMoving }.flatMap { findings(of: $0, rows: rows[$0.orderID] ?? []) }
        let strangers = rows.filter { !known.contains($0.key) }.flatMap { orderID, rows in
            extras(orderID: orderID, rows: rows)
        }
        return (ofOrders + strangers).sorted { ($0.orderID, $0.id) < ($1.orderID, $1.id) }
    }

    private static func findings(of order: Order, rows: [CashbackLedgerRow]) -> [Finding] {
        let due = order.cashbackDue
        let accruals = rows.filter { $0.entry.kind == .accrual }
        let accrued = sum(accruals, due.currency)
        let clawedBack = sum(rows.filter { $0.entry.kind == .clawback }, due.currency)
        func finding(_ findingClass: Finding.Class, row: CashbackLedgerRow? = nil, _ explanation: String) -> Finding {
            Finding(
                id: ([findingClass.rawValue, order.orderID] + (row.map { [$0.id] } ?? [])).joined(separator: ":"),
                findingClass: findingClass, orderID: order.orderID, uid: row?.entry.uid ?? order.uid, due: due,
                accrued: accrued, clawedBack: clawedBack, explanation: explanation)
        }

        var findings = rows.filter { $0.entry.uid != order.uid }.map { row in
            let verb = row.entry.kind == .accrual ? "accrued to" : "clawed back from"
            return finding(.wrongUser, row: row, "\(verb) \(row.entry.uid), the payer is \(order.uid ?? "nobody")")
        }
        let net = less(accrued, clawedBack)
        guard net != due else { return findings }
        let sum = explanation(of: order, due: due)
        let atPayment = order.cashback?.due(on: order.taken) ?? .zero(due.currency)
        if order.taken.isZero {
            findings.append(
                finding(.unpaidOrder, "\(net.decimal) accrued, nothing was taken (\(order.status.rawValue))"))
        } else if accruals.isEmpty {
            findings.append(finding(.missing, "\(sum), nothing was accrued"))
        } else if accruals.count > 1, accruals.allSatisfy({ $0.entry.amount == atPayment }) {
            findings += accruals.dropFirst().map {
                finding(.duplicate, row: $0, "\(sum), accrued \(accruals.count) times")
            }
        } else if accrued == atPayment {
            findings.append(
                finding(.notClawedBack, "\(sum), accrued \(accrued.decimal) and clawed back \(clawedBack.decimal)"))
        } else {
            findings.append(
                finding(
                    .wrongAmount, "\(sum), the ledger says \(accrued.decimal) - \(clawedBack.decimal) = \(net.decimal)")
            )
        }
        return findings
    }

    private static func extras(orderID: String, rows: [CashbackLedgerRow]) -> [Finding] {
        rows.map { row in
            let amount = row.entry.amount
            let (isAccrual, none) = (row.entry.kind == .accrual, Money.zero(amount.currency))
            return Finding(
                id: "\(Finding.Class.extra.rawValue):\(orderID):\(row.id)", findingClass: .extra, orderID: orderID,
                uid: row.entry.uid, due: none, accrued: isAccrual ? amount : none,
                clawedBack: isAccrual ? none : amount,
                explanation: "\(amount.decimal) \(isAccrual ? "accrued" : "clawed back") on an order that is not ours")
        }
    }

    /// "due floor(30% × (120.00 - 20.00)) = 30.00".
    static func explanation(of order: Order, due: Money) -> String {
        guard let terms = order.cashback else { return "due 0: no rule applied" }
        let cap = terms.cap.map { ", at most \($0.decimal)" } ?? ""
        return
            "due floor(\(terms.percent)% × (\(order.taken.decimal) - \(order.refunded.decimal)))\(cap) = \(due.decimal)"
    }

    /// A difference that stops at the bounds: a ledger may say anything, and the audit must not end over it.
    static func less(_ left: Money, _ right: Money) -> Money {
        let (units, overflow) = left.minorUnits.subtractingReportingOverflow(right.minorUnits)
        return Money(minorUnits: overflow ? (right.isNegative ? .max : .min) : units, currency: left.currency)
    }

    static func sum(_ rows: [CashbackLedgerRow], _ currency: Currency) -> Money {
        rows.reduce(.zero(currency)) { total, row in
            (try? total.adding(row.entry.amount)) ?? Money(minorUnits: .max, currency: currency)
        }
    }
}
