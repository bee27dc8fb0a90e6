import JSONKit

/// Makes lines of the `items` of an iikoCloud order: one for each item and one for each modifier.
struct IikoCloudItems {
    let currency: Currency
    private(set) var lines: [BillLine] = []
    private(set) var warnings: [BillWarning] = []

    init(currency: Currency) { self.currency = currency }

    mutating func append(_ item: JSONField) throws(BillError) {
        let type = try item["type"].string()
        switch type.text {
        case "Product": try append(item, parts: [item], product: "product", modifiers: [item["modifiers"]])
        case "Service": try append(item, parts: [item], product: "service", modifiers: [])
        case "Compound":
            let parts = [try item["primaryComponent"], try item["secondaryComponent"]].filter { $0.value != nil }
            guard !parts.isEmpty else { throw try item["primaryComponent"].error(.missing) }
            var modifiers: [JSONField] = []
            for part in parts { modifiers.append(try part["modifiers"]) }
            modifiers.append(try item["commonModifiers"])
            try append(item, parts: parts, product: "product", modifiers: modifiers)
        default: throw BillError(type.place, .unknownItemType(type.text))
        }
    }

    /// Adds one line for `item`, named and paid as its parts together, and one for each modifier.
    private mutating func append(
        _ item: JSONField, parts: [JSONField], product: String, modifiers: [JSONField]
    ) throws(BillError) {
        var names: [String] = []
        for part in parts { names.append(try part[product]["name"].string().name()) }
        let name = try FieldText(text: names.joined(separator: " / "), place: item.place).name()
        guard try !drop(item, name: name) else { return }

        let quantity = try item["amount"].decimal().quantity()
        var amount = Money.zero(currency)
        for part in parts {
            let sum = try sum(of: part, quantity: quantity)
            amount = try item.place.checked { () throws(MoneyError) in try amount.adding(sum) }
        }
        try append(BillLine(name: name, quantity: quantity.positive, amount: amount), at: item)
        for list in modifiers {
            for modifier in try list.elements() { try append(modifier: modifier) }
        }
    }

    private mutating func append(modifier: JSONField) throws(BillError) {
        let name = try modifier["product"]["name"].string()
        let line = try FieldText(text: "+ \(name.name())", place: name.place).name()
        guard try !drop(modifier, name: line) else { return }
        let quantity = try modifier["amount"].decimal().quantity()
        let amount = try sum(of: modifier, quantity: quantity)
        try append(BillLine(name: line, quantity: quantity.positive, amount: amount), at: modifier)
    }

    private mutating func append(_ line: BillLine, at item: JSONField) throws(BillError) {
        guard lines.count < Bill.maximumLines else { throw item.error(.tooManyLines(lines.count + 1)) }
        lines.append(line)
    }

    /// Whether the waiter deleted the item, which is then reported and left out.
    private mutating func drop(_ item: JSONField, name: String) throws(BillError) -> Bool {
        let deleted = try item["deleted"]
        switch deleted.value {
        case nil, .bool(false): return false
        case .object, .bool(true):
            warnings.append(BillWarning(kind: .deletedLineDropped(name: name), place: item.place))
            return true
        default: throw deleted.error(.wrongType(expected: .object))
        }
    }

    /// What the guest pays for an item or a part of one: `resultSum` where iiko gives it, else price times quantity
    /// rounded half up, else (a service has neither) `cost`.
    private func sum(of item: JSONField, quantity: Quantity) throws(BillError) -> Money {
        let (result, price, cost) = (try item["resultSum"], try item["price"], try item["cost"])
        if result.value == nil, price.value != nil {
            let price = try price.decimal().amount(in: currency)
            return try item.place.checked { () throws(MoneyError) in try quantity.costRoundedHalfUp(at: price) }
        }
        let sum = result.value == nil && cost.value != nil ? cost : result
        return try sum.decimal().amount(in: currency)
    }
}

extension Quantity {
    /// Nil for 0: iiko writes it for a modifier that was taken away.
    fileprivate var positive: Quantity? { millionths > 0 ? self : nil }
}
