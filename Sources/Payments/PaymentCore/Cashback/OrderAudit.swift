import JSONKit

/// The sums of one order's ledger rows, compared with what is due.
struct OrderAudit {
    private typealias Labelled = (label: String, row: CashbackLedgerRow)

    private let order: Order
    private let due: Money
    /// In the order's currency; `foreign` are the others.
    private let rows: [Labelled]
    private let foreign: [Labelled]
    private let accrued: MoneySum
    private let clawedBack: MoneySum

    init(_ order: Order, _ ledger: [CashbackLedgerRow]) {
        self.order = order
        due = order.cashbackDue
        let all = CashbackAudit.labelled(ledger)
        rows = all.filter { $0.row.entry.amount.currency == order.currency }
        foreign = all.filter { $0.row.entry.amount.currency != order.currency }
        accrued = ledger.total(.accrual, in: order.currency)
        clawedBack = ledger.total(.clawback, in: order.currency)
    }

    var findings: [CashbackAudit.Finding] { wrongUsers + wrongCurrencies + wrongAmounts }

    private var wrongUsers: [CashbackAudit.Finding] {
        rows.filter { $0.row.entry.uid != order.uid }.map { label, row in
            let verb = row.entry.kind == .accrual ? "accrued to" : "clawed back from"
            let words = "\(row.entry.amount.decimal) \(verb) \(row.entry.uid), the payer is \(order.uid ?? "none")"
            return finding(.wrongUser, about: (label, row), words)
        }
    }

    private var wrongCurrencies: [CashbackAudit.Finding] {
        foreign.map { label, row in
            let verb = row.entry.kind == .accrual ? "accrued" : "clawed back"
            return CashbackAudit.finding(
                .wrongAmount, orderID: order.orderID, about: label, row,
                "\(row.entry.amount) \(verb), the order is in \(order.currency.code)")
        }
    }

    /// Why accruals - clawbacks differ from what is due: duplicates first, and then the remaining difference.
    private var wrongAmounts: [CashbackAudit.Finding] {
        let net = accrued - clawedBack
        guard net != MoneySum(due) else { return [] }
        if order.capturedAmount.isZero, !net.isNegative {
            return [finding(.unpaidOrder, "\(sums), nothing was captured (\(order.status.rawValue))")]
        }
        let sum = Self.explanation(of: order, due: due)
        if !due.isZero, !rows.contains(where: { $0.row.entry.kind == .accrual }) {
            let clawed = clawedBack.isZero ? "" : ", and \(clawedBack.decimal) clawed back"
            return [finding(.missing, "\(sum), nothing was accrued\(clawed)")]
        }

        let (repeated, rest) = repetitions(in: net - MoneySum(due))
        var times: [CashbackEntry.Kind: [Money: Int]] = [:]
        if !repeated.isEmpty {
            for (_, row) in rows { times[row.entry.kind, default: [:]][row.entry.amount, default: 0] += 1 }
        }
        let duplicates = repeated.map { label, row in
            let (kind, amount) = (row.entry.kind, row.entry.amount)
            let verb = kind == .accrual ? "accrued" : "clawed back"
            return finding(
                .duplicate, about: (label, row),
                "\(sum), \(amount.decimal) was \(verb) \(times[kind]?[amount] ?? 0) times")
        }
        if rest.isZero { return duplicates }
        // When each accrual equals what was due at payment, the missing entry is the clawback for the refund.
        let atPayment = order.cashback?.due(on: order.capturedAmount)
        let isKept =
            !rest.isNegative && !order.refunded.isZero
            && rows.allSatisfy { $0.row.entry.kind == .clawback || $0.row.entry.amount == atPayment }
        let words = "\(sum), the ledger says \(sums)"
        return duplicates + [finding(isKept ? .notClawedBack : .wrongAmount, words)]
    }

    /// The rows that repeat another one of the same amount, as far as they explain the difference, and the rest of it.
    private func repetitions(in excess: MoneySum) -> (rows: [Labelled], rest: MoneySum) {
        let kind: CashbackEntry.Kind = excess.isNegative ? .clawback : .accrual
        var rest = excess.magnitude
        var seen: Set<Money> = []
        let repeated = rows.filter { _, row in
            let amount = row.entry.amount
            guard row.entry.kind == kind, !seen.insert(amount).inserted, amount.minorUnits > 0,
                amount.minorUnits <= rest.minorUnits
            else { return false }
            rest.minorUnits -= Int128(amount.minorUnits)
            return true
        }
        if excess.isNegative { rest.minorUnits = -rest.minorUnits }
        return (repeated, rest)
    }

    /// "30.00 accrued - 6.00 clawed back = 24.00".
    private var sums: String {
        "\(accrued.decimal) accrued - \(clawedBack.decimal) clawed back = \((accrued - clawedBack).decimal)"
    }

    /// "due floor(30% × (120.00 - 20.00)) = 30.00".
    static func explanation(of order: Order, due: Money) -> String {
        guard let terms = order.cashback else { return "due 0: no rule applied" }
        let cap = terms.cap.map { ", at most \($0.decimal)" } ?? ""
        let kept = "(\(order.capturedAmount.decimal) - \(order.refunded.decimal))"
        return "due floor(\(terms.percent)% × \(kept))\(cap) = \(due.decimal)"
    }

    private func finding(
        _ findingClass: CashbackAudit.Finding.Class, about row: Labelled? = nil, _ explanation: String
    ) -> CashbackAudit.Finding {
        CashbackAudit.Finding(
            id: ([findingClass.rawValue, order.orderID] + [row?.label].compactMap(\.self)).joined(separator: ":"),
            findingClass: findingClass, orderID: order.orderID, uid: row?.row.entry.uid ?? order.uid, due: due,
            accrued: accrued, clawedBack: clawedBack, explanation: explanation)
    }
}

extension [CashbackLedgerRow] {
    /// The sum of the rows of one kind and currency.
    func total(_ kind: CashbackEntry.Kind, in currency: Currency) -> MoneySum {
        MoneySum(lazy.filter { $0.entry.kind == kind }.map(\.entry.amount), in: currency)
    }
}
