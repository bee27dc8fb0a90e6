import JSONKit

/// One element of `orders` in the answer of iikoCloud's `POST /api/1/order/by_id`, or the whole answer.
///
/// Discounts are not read: iiko has taken them off every `resultSum` and off `sum` already.
enum IikoCloudForm {
    static func read(_ root: JSONField, asked: AskedFor) throws(BillError) -> BillDraft {
        let info = try chosenOrder(root, billID: asked.billID)
        let clientID = try info["organizationId"].string().identifier()
        let internalOrderID = try info["id"].string().identifier()
        try AskedFor.check(asked.restaurant, is: clientID, at: info["organizationId"].place)
        try AskedFor.check(asked.billID, is: internalOrderID, at: info["id"].place)

        let order = try info["order"]
        if order.value == nil, try info["creationStatus"].value != nil {
            let status = try info["creationStatus"].string()
            throw BillError(status.place, .notCreated(status: status.text))
        }
        let status = try order["status"].string()
        guard status.text == "Bill" else { throw BillError(status.place, .notABill(status: status.text)) }

        let currency = asked.currency ?? .rub
        var items = IikoCloudItems(currency: currency)
        for item in try order["items"].elements() { try items.append(item) }
        let amount = try order["sum"].decimal().amount(in: currency)
        var draft = BillDraft(
            bill: Bill(clientID: clientID, internalOrderID: internalOrderID, amount: amount, lines: items.lines),
            warnings: items.warnings, totalPlace: try order["sum"].place, linesPlace: try order["items"].place)
        if let tips = try sum(of: order["tips"], in: currency) {
            draft.warnings.append(BillWarning(kind: .tipsIgnored(tips), place: try order["tips"].place))
        }
        if let payments = try sum(of: order["payments"], in: currency) {
            draft.warnings.append(BillWarning(kind: .paymentsIgnored(payments), place: try order["payments"].place))
        }
        return draft
    }

    /// The order itself, or the one of an answer that has the id; an answer with a single order needs no id.
    private static func chosenOrder(_ root: JSONField, billID: String?) throws(BillError) -> JSONField {
        guard try root["orders"].value != nil else { return root }
        let orders = try root["orders"]
        var chosen: [JSONField] = []
        for order in try orders.elements() {
            if let billID, try order["id"].string().text != billID { continue }
            chosen.append(order)
        }
        guard let order = chosen.first else { throw orders.error(billID.map { .noSuchOrder($0) } ?? .noOrders) }
        guard chosen.count == 1 else { throw orders.error(.severalOrders(chosen.count)) }
        return order
    }

    /// The sum of payments or tips; nil when it is nothing.
    private static func sum(of payments: JSONField, in currency: Currency) throws(BillError) -> Money? {
        var sum = Money.zero(currency)
        for payment in try payments.elements() {
            let amount = try payment["sum"].decimal().amount(in: currency)
            sum = try payments.place.checked { () throws(MoneyError) in try sum.adding(amount) }
        }
        return sum.isZero ? nil : sum
    }
}
