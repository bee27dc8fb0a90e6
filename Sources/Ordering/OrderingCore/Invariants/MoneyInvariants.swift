extension OrderingSnapshot {
    func moneyLost() -> [String] {
        let entries = Dictionary(grouping: entries, by: \.userID)
        let charges = Dictionary(grouping: payments.filter(\.isSucceeded), by: \.userID)
        let balances = Dictionary(grouping: accounts, by: \.userID)
        let users = Set(entries.keys).union(charges.keys).union(balances.keys).sorted()
        return users.flatMap { user in
            moneyLost(
                by: user, balances[user] ?? [], (entries[user] ?? []).sorted { $0.number < $1.number },
                charges[user] ?? [])
        }
    }

    private func moneyLost(
        by user: String, _ accounts: [Account], _ entries: [Entry], _ charges: [Payment]
    ) -> [String] {
        guard accounts.count == 1 else { return ["user \(user) has \(accounts.count) accounts and money in them"] }
        var broken: [String] = []
        let balance = Int128(accounts[0].balance.minorUnits)
        let sum = Money.sum(entries.map(\.amount))
        if balance != sum { broken.append("user \(user) has \(balance), the entries make \(sum) minor units") }
        if balance < 0 { broken.append("user \(user) has \(accounts[0].balance)") }
        var running = Int128(0)
        for (place, entry) in entries.enumerated() {
            running += Int128(entry.amount.minorUnits)
            if running < 0 { broken.append("user \(user) was below zero after entry \(entry.number)") }
            if entry.number != place + 1 { broken.append("user \(user) has no entry \(place + 1) before the next") }
            if (entry.kind == .deposit) != (entry.amount > .zero) {
                broken.append("user \(user) has a \(entry.kind.rawValue) of \(entry.amount)")
            }
        }
        let taken = Money.sum(entries.filter { $0.kind == .charge }.map(\.amount))
        let charged = Money.sum(charges.map(\.amount))
        if taken != -charged {
            broken.append("user \(user) was charged \(-taken), succeeded payments make \(charged) minor units")
        }
        return broken
    }

    func secondCharges() -> [String] {
        let charges = Dictionary(grouping: entries.filter { $0.kind == .charge }, by: \.reference)
        let byPayment = charges.filter { $0.value.count > 1 }.keys.sorted().map { "payment \($0) was charged twice" }
        let baskets = Dictionary(
            orders.compactMap { order in order.basketID.map { (order.id, $0) } },
            uniquingKeysWith: { first, _ in first })
        let paid = payments.filter(\.isSucceeded)
        let byOrder = Dictionary(grouping: paid, by: \.orderID).filter { $0.value.count > 1 }.keys.sorted()
            .map { "order \($0) has two succeeded payments" }
        let byBasket = Dictionary(grouping: paid.filter { baskets[$0.orderID] != nil }) { baskets[$0.orderID] ?? "" }
        return byPayment + byOrder
            + byBasket.filter { Set($0.value.map(\.orderID)).count > 1 }.keys.sorted().map {
                "basket \($0) has two succeeded payments"
            }
    }

    func chargesWithoutOrder(isAtRest: Bool) -> [String] {
        let paid = Set(payments.filter(\.isSucceeded).map(\.orderID))
        let status = Dictionary(orders.map { ($0.id, $0.status) }, uniquingKeysWith: { first, _ in first })
        let unpaid = orders.filter { $0.status == .succeeded && !paid.contains($0.id) }.map {
            "order \($0.id) is succeeded and not charged"
        }
        let charged = paid.sorted().compactMap { id -> String? in
            switch status[id] {
            case .failed: "order \(id) is failed and charged"
            case .pending where isAtRest: "order \(id) is charged and still pending"
            case nil: "order \(id) is charged and does not exist"
            case .pending, .succeeded: nil
            }
        }
        return unpaid + charged
    }
}
