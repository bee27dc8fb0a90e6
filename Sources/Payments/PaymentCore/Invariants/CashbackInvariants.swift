import EncodingKit

/// What the payer earns.
extension OrderSides {
    func secondAccruals() -> [String] {
        let sides = [("we asked for", ours.cashback), ("the cashback service has", (ledger ?? []).map(\.entry))]
        return sides.compactMap { side, entries in
            let accruals = entries.filter { $0.kind == .accrual }
            guard accruals.count > 1 else { return nil }
            return
                "\(side) \(accruals.count) accruals: "
                + accruals.map { "\($0.amount) to \($0.uid)" }.joined(separator: ", ")
        }
    }

    func cashbackNotDue(isQuiet: Bool) -> [String] {
        let due = order.cashbackDue
        var broken: [String] = []
        let asked = Self.net(ours.cashback)
        if asked != due.minorUnits {
            broken.append("\(money(asked)) asked for, \(due) is due for \(order.kept) kept (\(order.status.rawValue))")
        }
        broken += ours.cashback.filter { $0.uid != order.uid }.map {
            "requested \($0.text), the payer is \(order.uid ?? "none")"
        }
        if isQuiet, let ledger {
            let accrued = Self.net(ledger.map(\.entry))
            if accrued != due.minorUnits {
                broken.append("the cashback service has \(money(accrued)), \(due) is due for \(order.kept) kept")
            }
        }
        return broken
    }

    private static func net(_ entries: [CashbackEntry]) -> Int64 {
        entries.reduce(0) {
            $1.kind == .accrual ? $0.plus($1.amount.minorUnits) : $0.minus($1.amount.minorUnits)
        }
    }
}
