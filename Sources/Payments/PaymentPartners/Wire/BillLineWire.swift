package import JSONKit
package import PaymentCore

/// `{"name": "Борщ", "quantity": "1.5", "amount": "120.00"}`; in the currency of the enclosing object.
package struct BillLineWire: Codable, Hashable, Sendable {
    package var name: String
    package var quantity: String?
    package var amount: String

    package init(_ line: BillLine) {
        name = line.name
        quantity = line.quantity.map(\.description)
        amount = line.amount.decimal
    }

    package func line(currency: String) throws(FieldError) -> BillLine {
        var parsed: Quantity?
        if let quantity {
            guard let value = try? Quantity(quantity), value.millionths > 0 else {
                throw FieldError(field: "lines.quantity", problem: "not a positive quantity")
            }
            parsed = value
        }
        return BillLine(
            name: name, quantity: parsed, amount: try WireField.money(amount, currency, "lines.amount"))
    }

    package static func lines(_ wires: [BillLineWire], currency: String) throws(FieldError) -> [BillLine] {
        var lines: [BillLine] = []
        for wire in wires { lines.append(try wire.line(currency: currency)) }
        return lines
    }
}
