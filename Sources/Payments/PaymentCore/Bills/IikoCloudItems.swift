import JSONKit

/// Converts the `items` of an iikoCloud order to lines: one per item and one per modifier.
struct IikoCloudItems {
    let currency: Currency
    private var read = BillLines()

    var lines: [BillLine] { read.lines }
    var warnings: [BillWarning] { read.warnings }

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

    /// Adds one line for `item`, with the name and price of its parts together, and one per modifier.
    private mutating func append(
        _ item: JSONField, parts: [JSONField], product: String, modifiers: [JSONField]
    ) throws(BillError) {
        var names: [FieldText] = []
        for part in parts { names.append(try Self.name(of: part, product)) }
        guard try !drop(item, names: names) else { return }

        let quantity = try item["amount"].decimal().quantity()
        var amount = Money.zero(currency)
        for part in parts {
            let sum = try sum(of: part, quantity: quantity)
            amount = try item.place.checked { () throws(MoneyError) in try amount.adding(sum) }
        }
        try append(names, quantity, amount, at: item)
        for list in modifiers {
            for modifier in try list.elements() { try append(modifier: modifier) }
        }
    }

    private mutating func append(modifier: JSONField) throws(BillError) {
        let names = [try Self.name(of: modifier, "product")]
        guard try !drop(modifier, names: names, prefix: "+ ") else { return }
        let quantity = try modifier["amount"].decimal().quantity()
        try append(names, prefix: "+ ", quantity, sum(of: modifier, quantity: quantity), at: modifier)
    }

    private mutating func append(
        _ names: [FieldText], prefix: String = "", _ quantity: LineQuantity, _ amount: Money, at item: JSONField
    ) throws(BillError) {
        try read.checkLineLimit(at: item.place)
        for name in names where name.text.isBlank {
            read.warnings.append(BillWarning(kind: .unnamedLine, place: name.place))
        }
        try read.append(
            name: Self.joined(names, prefix: prefix, at: item.place), quantity: quantity.shown, amount: amount)
    }

    /// The name of a product or service; blank where iiko gives none, or no product at all.
    private static func name(of item: JSONField, _ product: String) throws(BillError) -> FieldText {
        let product = try item[product]
        let name = product.value == nil ? product : try product["name"]
        return name.value == nil ? FieldText(text: "", place: name.place) : try name.string()
    }

    private static func joined(
        _ names: [FieldText], prefix: String, at place: BillPlace
    ) throws(BillError) -> FieldText {
        var parts: [String] = []
        for name in names { parts.append(try name.name()) }
        let name = prefix + parts.joined(separator: " / ")
        return FieldText(text: name, place: names.count == 1 ? names[0].place : place)
    }

    /// Whether the waiter deleted the item, which is then reported and left out.
    private mutating func drop(
        _ item: JSONField, names: [FieldText], prefix: String = ""
    ) throws(BillError) -> Bool {
        let deleted = try item["deleted"]
        switch deleted.value {
        case nil, .bool(false): return false
        case .object, .bool(true):
            let name = try Self.joined(names, prefix: prefix, at: item.place).name()
            read.warnings.append(BillWarning(kind: .deletedLineDropped(name: name), place: item.place))
            return true
        default: throw deleted.error(.wrongType(expected: .object))
        }
    }

    /// The price of an item or a part of one: `resultSum` where iiko gives it, else price times quantity rounded half
    /// up, else (a service has neither) `cost`. A negative one reduces the bill.
    private func sum(of item: JSONField, quantity: LineQuantity) throws(BillError) -> Money {
        let (result, price, cost) = (try item["resultSum"], try item["price"], try item["cost"])
        if result.value == nil, price.value != nil {
            let price = try price.decimal().money(in: currency)
            return try item.place.checked { () throws(MoneyError) in try quantity.cost(at: price) }
        }
        let sum = result.value == nil && cost.value != nil ? cost : result
        return try sum.decimal().money(in: currency)
    }
}
