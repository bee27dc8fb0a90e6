import JSONKit

/// An iikoCloud order: the response of `POST /api/1/order/by_id`, one element of its `orders`, or what a webhook
/// delivers, `[{eventType, eventInfo}]`.
///
/// Discounts are not read: iiko has already subtracted them from every `resultSum` and from `sum`.
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
        let total = try order["sum"].decimal().money(in: currency)
        guard !total.isNegative else { throw try order["sum"].error(.negativeTotal(total)) }
        let prepayment = try IikoCloudPrepayment(order, currency: currency)
        var draft = BillDraft(
            bill: prepayment.bill(
                Bill(clientID: clientID, internalOrderID: internalOrderID, amount: total, lines: items.lines)),
            warnings: items.warnings, totalPlace: try order["sum"].place, linesPlace: try order["items"].place)
        let tips = try order["tips"].elements().sum(in: currency)
        if !tips.isZero { draft.warnings.append(BillWarning(kind: .tipsIgnored(tips), place: try order["tips"].place)) }
        draft.warnings += prepayment.warnings
        return draft
    }

    /// The order itself, or the one with the id in a response or a webhook; a single order needs no id.
    private static func chosenOrder(_ root: JSONField, billID: String?) throws(BillError) -> JSONField {
        let orders: [JSONField]
        let place: JSONField
        if case .array = root.value {
            (orders, place) = (try carriedOrders(root), root)
        } else if try root["orders"].value != nil {
            place = try root["orders"]
            orders = try place.elements()
        } else {
            return try carriedOrder(root)
        }
        var chosen: [JSONField] = []
        for order in orders {
            if let billID, try order["id"].string().text != billID { continue }
            chosen.append(order)
        }
        guard let first = chosen.first else { throw place.error(billID.map { .noSuchOrder($0) } ?? .noOrders) }
        guard chosen.count > 1 else { return first }
        var ids: Set<String> = []
        for order in chosen { ids.insert(try order["id"].string().text) }
        guard ids.count == 1 else { throw place.error(.severalOrders(ids.count)) }
        return try latest(chosen)
    }

    /// The latest state of an order that iiko sends several times, as a webhook does with one event for each change.
    ///
    /// iiko's `timestamp` of the change decides; of two at one time, or without a time, the one that comes later.
    private static func latest(_ states: [JSONField]) throws(BillError) -> JSONField {
        var (latest, latestTime) = (states[0], Int64.min)
        for state in states {
            let timestamp = try state["timestamp"]
            let time =
                if case .number(let digits) = timestamp.value { Int64(digits) ?? latestTime } else { latestTime }
            if time >= latestTime { (latest, latestTime) = (state, time) }
        }
        return latest
    }

    /// The orders of a webhook's events; for a single event also one that iiko has not created, with the reason.
    private static func carriedOrders(_ events: JSONField) throws(BillError) -> [JSONField] {
        let events = try events.elements()
        var orders: [JSONField] = []
        for event in events {
            let info = try carriedOrder(event)
            if info.value == nil, events.count > 1 { continue }
            let (order, status) = (try info["order"], try info["creationStatus"])
            if order.value != nil || (events.count == 1 && status.value != nil) { orders.append(info) }
        }
        return orders
    }

    /// The subject of an event; anything else is an order itself.
    private static func carriedOrder(_ event: JSONField) throws(BillError) -> JSONField {
        let info = try event["eventInfo"]
        let isEvent = try event["eventType"].value != nil
        return isEvent || info.value != nil ? info : event
    }
}

extension [JSONField] {
    /// The sum of payments or tips, none of them negative.
    func sum(in currency: Currency) throws(BillError) -> Money {
        var sum = Money.zero(currency)
        for payment in self {
            let amount = try payment["sum"].decimal().amount(in: currency)
            sum = try payment.place.checked { () throws(MoneyError) in try sum.adding(amount) }
        }
        return sum
    }
}
