import JSONKit

/// The format of iiko-integration's `POST /orders`:
/// `{client_id, internal_order_id, bill: {currency, amount, prepaid, elements: [{name, amount}]}}`.
///
/// `amount` is requested from the guest; `prepaid`, which is optional, was paid before and is not part of it.
enum SeedForm {
    static func read(_ root: JSONField, asked: AskedFor) throws(BillError) -> BillDraft {
        let clientID = try root["client_id"].string().identifier()
        let internalOrderID = try root["internal_order_id"].string().identifier()
        try AskedFor.check(asked.restaurant, is: clientID, at: root["client_id"].place)
        try AskedFor.check(asked.billID, is: internalOrderID, at: root["internal_order_id"].place)

        let bill = try root["bill"]
        let currency = try bill["currency"].string().currency()
        try AskedFor.check(asked.currency?.code, is: currency.code, at: bill["currency"].place)
        let amount = try bill["amount"].decimal().money(in: currency)
        let prepaid = try bill["prepaid"]
        var lines = BillLines()
        for element in try bill["elements"].elements() {
            try lines.append(
                name: element["name"].string(), amount: element["amount"].decimal().money(in: currency))
        }
        return BillDraft(
            bill: Bill(
                clientID: clientID, internalOrderID: internalOrderID, amount: amount,
                prepaid: prepaid.value == nil ? nil : try prepaid.decimal().amount(in: currency), lines: lines.lines),
            warnings: lines.warnings, totalPlace: try bill["amount"].place, linesPlace: try bill["elements"].place)
    }
}
