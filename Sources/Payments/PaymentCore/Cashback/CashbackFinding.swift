extension CashbackAudit {
    /// One thing that is wrong with the cashback of one order.
    package struct Finding: Hashable, Sendable {
        package enum Class: String, CaseIterable, Codable, Sendable {
            /// Cashback is due and nothing was accrued.
            case missing
            /// An entry for an order that we do not know.
            case extra
            /// An entry that is there once more than it should be.
            case duplicate
            /// What was accrued less what was clawed back is another amount than is due, or in another currency.
            case wrongAmount = "wrong_amount"
            case wrongUser = "wrong_user"
            /// An accrual on an order from which no money is kept because none was taken.
            case unpaidOrder = "unpaid_order"
            /// Money was given back, the cashback on it was not.
            case notClawedBack = "not_clawed_back"
            /// Nothing is wrong: what differs was asked for, and a task is still to post it.
            case waiting
        }

        /// The same for the same finding in every run, and no other's: class, order and, where it is about one, the
        /// ledger's row, `"duplicate:7f3c…:cb-2"`.
        package var id: String
        package var findingClass: Class
        package var orderID: String
        package var uid: String?
        package var due: Money
        /// Of the whole order, in the currency of `due`.
        package var accrued: MoneySum
        package var clawedBack: MoneySum
        /// The arithmetic in words of numbers.
        package var explanation: String
        /// The task that is to post what is not there yet, or that gave up on it; nil when there is none.
        package var taskID: Int64?

        /// Whether it is no finding yet.
        package var isWaiting: Bool { findingClass == .waiting }

        /// What the cashback service has too much for the order (negative: too little).
        package var difference: MoneySum { accrued - clawedBack - MoneySum(due) }
    }
}

extension CashbackLedgerRow {
    /// How a finding about this row differs from the order's others; a row listed `times` before is another one.
    func label(after times: Int) -> String { times == 0 ? id : "\(id)#\(times + 1)" }
}
