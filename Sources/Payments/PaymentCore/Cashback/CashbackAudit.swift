/// Compares, order by order, the cashback due with the cashback service's entries; tolerance 0.
package enum CashbackAudit {
    /// All findings, by order and then by id.
    /// - Parameters:
    ///   - orders: every order that the ledger should cover; one with a payment in progress is left out.
    ///   - ledger: all entries of the cashback service for them.
    package static func findings(orders: [Order], ledger: [CashbackLedgerRow]) -> [Finding] {
        let rows = Dictionary(grouping: ledger, by: \.entry.orderID)
        let known = Set(orders.map(\.orderID))
        let ofOrders = orders.filter { !$0.status.isMoving }.flatMap { findings(of: $0, rows: rows[$0.orderID] ?? []) }
        let ofUnknownOrders = rows.filter { !known.contains($0.key) }.flatMap {
            findings(ofUnknownOrder: $0.key, rows: $0.value)
        }
        return (ofOrders + ofUnknownOrders).sorted { ($0.orderID, $0.id) < ($1.orderID, $1.id) }
    }

    /// The findings of one order that is not changing, by id.
    /// - Parameter rows: all entries of the cashback service for it, oldest first.
    package static func findings(of order: Order, rows: [CashbackLedgerRow]) -> [Finding] {
        OrderAudit(order, rows).findings.sorted { $0.id < $1.id }
    }

    /// The findings of an order for which a task still has something to post: what becomes right with it is
    /// ``Finding/Class/waiting``, combined into one finding of the order.
    /// - Parameters:
    ///   - expected: what is still to be posted.
    ///   - taskID: the task that posts it.
    ///   - words: what that task waits for, `"task 3 (cashback.accrue) is due"`.
    package static func findings(
        of order: Order, rows: [CashbackLedgerRow], expecting expected: [CashbackEntry], of taskID: Int64, words: String
    ) -> [Finding] {
        let found = findings(of: order, rows: rows)
        let posted = expected.map { CashbackLedgerRow(id: $0.key, entry: $0, at: order.updatedAt) }
        let later = findings(of: order, rows: rows + posted)
        let lasting = Set(later.map(\.id))
        guard let first = found.first(where: { !lasting.contains($0.id) }) else { return found }
        let known = Set(found.map(\.id))
        let entries = expected.map { entry in
            "\(entry.kind.rawValue) of \(entry.amount) \(entry.kind == .accrual ? "to" : "from") \(entry.uid)"
        }
        var waiting = first
        waiting.findingClass = .waiting
        waiting.id = "waiting:\(order.orderID)"
        waiting.taskID = taskID
        let sum = OrderAudit.explanation(of: order, due: first.due)
        waiting.explanation = "\(sum), \(entries.joined(separator: " and ")) still to be posted: \(words)"
        return found.filter { lasting.contains($0.id) } + later.filter { !known.contains($0.id) } + [waiting]
    }

    /// Every row for an order that is not ours, by id.
    package static func findings(ofUnknownOrder orderID: String, rows: [CashbackLedgerRow]) -> [Finding] {
        labelled(rows).map { label, row in
            let isAccrual = row.entry.kind == .accrual
            return finding(
                .extra, orderID: orderID, about: label, row,
                "\(row.entry.amount) \(isAccrual ? "accrued" : "clawed back") on an order that is not ours")
        }.sorted { $0.id < $1.id }
    }

    /// A finding about a single row: nothing is due for it, and its own amount is the whole sum.
    static func finding(
        _ findingClass: Finding.Class, orderID: String, about label: String, _ row: CashbackLedgerRow,
        _ explanation: String
    ) -> Finding {
        let (amount, none) = (MoneySum(row.entry.amount), Money.zero(row.entry.amount.currency))
        let isAccrual = row.entry.kind == .accrual
        return Finding(
            id: "\(findingClass.rawValue):\(orderID):\(label)", findingClass: findingClass, orderID: orderID,
            uid: row.entry.uid, due: none, accrued: isAccrual ? amount : MoneySum(none),
            clawedBack: isAccrual ? MoneySum(none) : amount, explanation: explanation)
    }

    /// The rows of one order, each with a label of its own.
    static func labelled(_ rows: [CashbackLedgerRow]) -> [(label: String, row: CashbackLedgerRow)] {
        var times: [String: Int] = [:]
        return rows.map { row in
            defer { times[row.id, default: 0] += 1 }
            return (row.label(after: times[row.id, default: 0]), row)
        }
    }
}
