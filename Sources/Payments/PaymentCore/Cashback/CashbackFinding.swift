extension CashbackAudit {
    /// One error in the cashback of one order.
    package struct Finding: Hashable, Sendable {
        package enum Class: String, CaseIterable, Codable, Sendable {
            /// Cashback is due and nothing was accrued.
            case missing
            /// An entry for an unknown order.
            case extra
            /// A duplicate entry.
            case duplicate
            /// Accruals less clawbacks differ from the amount due, or are in another currency.
            case wrongAmount = "wrong_amount"
            case wrongUser = "wrong_user"
            /// An accrual on an order that keeps no money because none was captured.
            case unpaidOrder = "unpaid_order"
            /// Money was refunded, and its cashback was not clawed back.
            case notClawedBack = "not_clawed_back"
            /// Not an error: the difference was requested, and a task has yet to post it.
            case waiting
        }

        /// Stable across runs and unique: class, order and, where it is about one, the ledger's row,
        /// `"duplicate:7f3c…:cb-2"`.
        package var id: String
        package var findingClass: Class
        package var orderID: String
        package var uid: String?
        package var due: Money
        /// For the whole order, in the currency of `due`.
        package var accrued: MoneySum
        package var clawedBack: MoneySum
        /// The arithmetic in words and numbers.
        package var explanation: String
        /// The task that will post the missing entry, or became stuck on it; nil when there is none.
        package var taskID: Int64?

        /// Whether it is not an actual finding yet.
        package var isWaiting: Bool { findingClass == .waiting }

        /// The excess at the cashback service for the order (negative: shortfall).
        package var difference: MoneySum { accrued - clawedBack - MoneySum(due) }
    }
}

extension CashbackLedgerRow {
    /// Distinguishes the findings about this row from others of the order; `times` counts earlier listings of the row.
    func label(after times: Int) -> String { times == 0 ? id : "\(id)#\(times + 1)" }
}
