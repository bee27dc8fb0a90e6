extension OrderingSnapshot {
    func secondMoves() -> [String] {
        let status = Dictionary(orders.map { ($0.id, $0.status) }, uniquingKeysWith: { first, _ in first })
        return Dictionary(grouping: moves, by: \.orderID).sorted { $0.key < $1.key }.compactMap { id, moves in
            let final = moves.filter(\.status.isFinal)
            guard final.count <= 1, moves.last?.status == final.first?.status || final.isEmpty else {
                return "order \(id) went through "
                    + moves.map(\.status.rawValue).joined(separator: ", ")
            }
            guard status[id] == moves.last?.status else {
                return "order \(id) is \(status[id]?.rawValue ?? "missing"), its last move was to "
                    + (moves.last?.status.rawValue ?? "none")
            }
            return nil
        }
    }

    func wrongAnnouncements(isAtRest: Bool) -> [String] {
        let orders = Dictionary(orders.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let told = [
            ("notification", notifications.map { ($0.orderID, $0.userID, $0.status) }),
            ("push event", pushEvents.map { ($0.orderID, $0.userID, $0.status) }),
        ]
        return told.flatMap { kind, announcements in
            var counts: [String: Int] = [:]
            var broken: [String] = []
            for (orderID, userID, status) in announcements {
                counts[orderID, default: 0] += 1
                guard let order = orders[orderID] else {
                    broken.append("a \(kind) refers to the unknown order \(orderID)")
                    continue
                }
                if order.status != status || !status.isFinal {
                    broken.append("a \(kind) says \(status.rawValue), order \(orderID) is \(order.status.rawValue)")
                }
                if order.userID != userID { broken.append("a \(kind) of order \(orderID) went to another user") }
            }
            for order in orders.values.sorted(by: { $0.id < $1.id }) where order.status.isFinal {
                let count = counts[order.id] ?? 0
                if count > 1 || isAtRest && count == 0 {
                    broken.append("order \(order.id) is \(order.status.rawValue) and has \(count) of its \(kind)")
                }
            }
            return broken
        }
    }

    func secondBaskets() -> [String] {
        Dictionary(grouping: baskets.filter { $0.status != .paid }, by: \.userID).filter { $0.value.count > 1 }
            .sorted { $0.key < $1.key }
            .map { "user \($0.key) has the unpaid baskets \($0.value.map(\.id).sorted().joined(separator: ", "))" }
    }

    func missingOrders(isAtRest: Bool) -> [String] {
        let known = Set(orders.map(\.id))
        let answered = answers.filter { (200..<300).contains($0.status) }.compactMap { answer -> String? in
            guard let orderID = answer.orderID else { return "an answer \(answer.status) names no order" }
            // A 202 may come before the order's service has heard of it.
            if known.contains(orderID) || answer.status == 202 && accepted.contains(orderID) { return nil }
            return "order \(orderID) was answered with \(answer.status) and does not exist"
        }
        guard isAtRest, !isWaitingForOperator else { return answered }
        return answered
            + accepted.subtracting(known).subtracting(refused).sorted().map {
                "order \($0) was accepted and does not exist"
            }
    }

    /// Whether something waits for an operator, which may concern any order: only it can name them.
    var isWaitingForOperator: Bool {
        work.contains(where: \.isStuck) || sent.contains { if case .parked = $0.state { true } else { false } }
    }

    func secondAnswers() -> [String] {
        var broken: [String] = []
        let keyed = Dictionary(grouping: answers.filter { $0.key != nil }) { [$0.userID, $0.key ?? ""] }
        for (key, answers) in keyed.sorted(by: { $0.key.joined(separator: " ") < $1.key.joined(separator: " ") }) {
            let orders = Set(answers.compactMap(\.orderID)).sorted()
            if orders.count > 1 { broken.append("key \(key[1]) has the orders \(orders.joined(separator: ", "))") }
            // 202 and 504 say that the outcome is not known yet; 5xx say nothing of it.
            let outcomes = Set(answers.map(\.status).filter { $0 == 200 || $0 == 422 }).sorted()
            if outcomes.count > 1 { broken.append("key \(key[1]) was answered with \(outcomes)") }
        }
        return broken
    }
}
