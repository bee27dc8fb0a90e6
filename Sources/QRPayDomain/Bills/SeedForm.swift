import JSONKit

/// The form of iiko-integration's `POST /orders`:
/// `{client_id, internal_order_id, bill: {currency, amount, elements: [{name, amount}]}}`.
enum SeedForm {
    static func read(_ root: JSONField, asked: AskedFor) throws(BillError) -> BillDraft {
        let clientID = try root["client_id"].string().identifier()
        let internalOrderID = try root["internal_order_id"].string().identifier()
        try AskedFor.check(asked.restaurant, is: clientID, at: root["client_id"].place)
        try AskedFor.check(asked.billID, is: internalOrderID, at: root["internal_order_id"].place)

        let bill = try root["bill"]
        let currency = try bill["currency"].string().currency()
        try AskedFor.check(asked.currency?.code, is: currency.code, at: bill["currency"].place)
        let amount = try bill["amount"].decimal().amount(in: currency)
        var lines: [BillLine] = []
        for element in try bill["elements"].elements() {
            lines.append(
                BillLine(
                    name: try element["name"].string().name(),
                    amount: try element["amount"].decimal().amount(in: currency)))
        }
        return BillDraft(
            bill: Bill(clientID: clientID, internalOrderID: internalOrderID, amount: amount, lines: lines),
            totalPlace: try bill["amount"].place, linesPlace: try bill["elements"].place)
    }
}
