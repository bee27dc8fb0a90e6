import JSONKit
import WorldKit

/// One order's cashback: what was promised, what is due, and the cashback service's entries.
package struct CashbackStatement: Hashable, Sendable {
    package var order: Order
    package var due: Money
    package var accrued: MoneySum
    package var clawedBack: MoneySum
    /// The excess at the cashback service (negative: shortfall).
    package var difference: MoneySum
    /// The arithmetic in words and numbers, step by step.
    package var explanation: [String]

    /// - Parameters:
    ///   - asked: what we have requested from the cashback service, confirmed or not.
    ///   - ledger: its entries for the order.
    package init(_ order: Order, asked: [CashbackEntry], ledger: [CashbackLedgerRow]) {
        self.order = order
        due = order.cashbackDue
        let currency = order.currency
        accrued = ledger.total(.accrual, in: currency)
        clawedBack = ledger.total(.clawback, in: currency)
        let net = accrued - clawedBack
        difference = net - MoneySum(due)
        explanation =
            [Self.promise(order), Self.debt(order, due)]
            + ["accrued \(accrued.decimal) - clawed back \(clawedBack.decimal) = \(net.decimal)"]
            + Self.verdict(difference, unposted: asked.count { entry in !ledger.contains { $0.entry == entry } })
            + Self.misplaced(ledger, payer: order.uid)
    }

    private static func misplaced(_ ledger: [CashbackLedgerRow], payer: String?) -> [String] {
        ledger.map(\.entry).filter { $0.uid != payer }.map { entry in
            let verb = entry.kind == .accrual ? "accrued to" : "clawed back from"
            return "of it \(entry.amount.decimal) was \(verb) \(entry.uid), who is not the payer"
        }
    }

    private static func promise(_ order: Order) -> String {
        guard let began = order.beganAt, let uid = order.uid else {
            return "no guest has begun to pay: nothing is promised"
        }
        let when = "guest \(uid) began to pay at \(began.rfc3339)"
        guard let terms = order.cashback else { return "\(when), when no rule was in force for this bill" }
        let cap = terms.cap.map { ", at most \($0)" } ?? ""
        return "\(when), when rule \(terms.ruleID) promised \(terms.percent)%\(cap)"
    }

    private static func debt(_ order: Order, _ due: Money) -> String {
        guard let terms = order.cashback else { return "due 0" }
        guard order.status == .held else { return OrderAudit.explanation(of: order, due: due) }
        return "due floor(\(terms.percent)% × \(order.amount.decimal)) = \(due.decimal), if the hold is captured"
    }

    private static func verdict(_ difference: MoneySum, unposted: Int) -> [String] {
        let waiting = unposted > 0 ? ["requested and not posted yet: \(unposted) of the entries"] : []
        if difference.isZero { return waiting + ["which equals what is due"] }
        return waiting + ["which is \(difference.magnitude) too \(difference.isNegative ? "little" : "much")"]
    }
}
