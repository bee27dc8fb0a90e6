import EncodingKit

/// How much is held, captured and refunded.
extension OrderSides {
    func heldBeyondBill() -> [String] {
        let bill = order.amount.minorUnits
        let asked = ours.operations.filter { $0.operation.kind == .hold && $0.operation.amount.minorUnits > bill }.map {
            "\($0.operation.text) on invoice \($0.invoiceID), the bill is \(order.amount)"
        }
        return asked
            + (invoices ?? []).filter { $0.held.minorUnits.plus($0.captured.minorUnits) > bill }.map {
                "invoice \($0.invoiceID) holds \($0.held) beside \($0.captured) captured, the bill is \(order.amount)"
            }
    }

    func capturedBeyondHeld() -> [String] {
        var broken: [String] = []
        let cleared = operations(.clear, .succeeded).map(\.operation).total
        let held = operations(.hold, .succeeded).map(\.operation).total
        if order.capturedAmount.minorUnits > cleared || cleared > held {
            broken.append(
                "\(order.capturedAmount) captured, by succeeded clears of \(money(cleared)) and holds of \(money(held))"
            )
        }
        for invoice in invoices ?? [] {
            let held = invoice.operations(.hold, .succeeded).total
            guard invoice.captured.minorUnits > held else { continue }
            broken.append("invoice \(invoice.invoiceID): \(invoice.captured) captured of \(money(held)) held")
        }
        return broken
    }

    func refundedBeyondCaptured() -> [String] {
        var broken: [String] = []
        let given = operations(.refund, .succeeded).map(\.operation).total
        let coming = operations(.refund, .pending).map(\.operation).total
        if given.plus(coming) > order.capturedAmount.minorUnits {
            broken.append(
                "\(money(given)) refunded and \(money(coming)) pending, \(order.capturedAmount) was captured")
        }
        if given != order.refunded.minorUnits {
            broken.append("\(order.refunded) counted as refunded, by succeeded refunds of \(money(given))")
        }
        for invoice in invoices ?? [] {
            let promised = invoice.refunded.minorUnits.plus(invoice.operations(.refund, .pending).total)
            guard promised > invoice.captured.minorUnits else { continue }
            broken.append("invoice \(invoice.invoiceID): \(money(promised)) given back of \(invoice.captured) captured")
        }
        return broken
    }

    func secondClears() -> [String] {
        var broken: [String] = []
        let ours = operations(.clear, .succeeded)
        if ours.count > 1 {
            broken.append(
                "cleared \(ours.count) times: "
                    + ours.map { "\($0.invoiceID):\($0.operation.number)" }.joined(separator: ", ")
            )
        }
        let theirs = (invoices ?? []).flatMap { invoice in
            invoice.operations(.clear, .succeeded).map { "\(invoice.invoiceID):\($0.number)" }
        }
        if theirs.count > 1 {
            broken.append("captured \(theirs.count) times at transactions: \(theirs.joined(separator: ", "))")
        }
        return broken
    }

    func paidWithoutMoney() -> [String] {
        guard order.status.iiko == .payed else {
            return order.capturedAmount.isZero
                ? [] : ["\(order.capturedAmount) captured of an order that is \(order.status.rawValue)"]
        }
        var broken: [String] = []
        if order.capturedAmount != order.amount {
            broken.append("iiko sees PAYED, \(order.capturedAmount) of \(order.amount) is captured")
        }
        if let invoices {
            let captured = invoices.filter { $0.invoiceID == order.edaOrderID }.reduce(Int64(0)) {
                $0.plus($1.captured.minorUnits)
            }
            if captured < order.amount.minorUnits {
                broken.append("iiko sees PAYED, transactions captured \(money(captured)) of \(order.amount)")
            }
        }
        return broken
    }
}

/// Orphaned holds.
extension OrderSides {
    func secondLiveHolds() -> [String] {
        let live = liveHolds.map(\.text)
        return live.count > 1 ? ["\(live.count) live holds: \(live.joined(separator: ", "))"] : []
    }

    func ownerlessHolds() -> [String] {
        liveHolds.filter { !(order.status.isMoving && $0.invoiceID == order.edaOrderID) }.map {
            "\($0.text) is left over, the order is \(order.status.rawValue)"
        }
    }

    private struct LiveHold {
        var invoiceID: String
        var text: String
    }

    /// Invoices that hold money, and undecided holds.
    private var liveHolds: [LiveHold] {
        (invoices ?? []).flatMap { invoice in
            let pending = invoice.operations(.hold, .pending).map {
                LiveHold(invoiceID: invoice.invoiceID, text: "undecided \($0.text) on invoice \(invoice.invoiceID)")
            }
            guard invoice.held.minorUnits > 0 else { return pending }
            return pending + [
                LiveHold(invoiceID: invoice.invoiceID, text: "\(invoice.held) held on invoice \(invoice.invoiceID)")
            ]
        }
    }
}
