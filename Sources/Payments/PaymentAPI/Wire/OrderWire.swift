import PaymentCore

/// A bill as `POST /orders` takes it (seed 001); quantities have no place in it.
struct BillWire: Encodable, Sendable {
    struct Content: Encodable, Sendable {
        var currency: String
        var amount: String
        /// Missing where nothing is.
        var prepaid: String?
        var elements: [Element]
    }

    struct Element: Encodable, Sendable {
        var name: String
        var amount: String
    }

    var clientID: String
    var internalOrderID: String
    var bill: Content

    enum CodingKeys: String, CodingKey {
        case clientID = "client_id"
        case internalOrderID = "internal_order_id"
        case bill
    }

    init(_ bill: Bill) {
        clientID = bill.clientID
        internalOrderID = bill.internalOrderID
        self.bill = Content(
            currency: bill.amount.currency.code, amount: bill.amount.decimal,
            prepaid: bill.prepaid.isZero ? nil : bill.prepaid.decimal,
            elements: bill.lines.map { Element(name: $0.name, amount: $0.amount.decimal) })
    }
}

/// What `POST /orders` answers: the order, and what to print on the check.
struct CreatedOrderWire: Codable, Sendable {
    struct Line: Codable, Sendable {
        static let qrCode = "qr-code"

        var type: String
        var value: String
    }

    var orderID: String
    var billLines: [Line]

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case billLines = "bill_lines"
    }
}

/// What `POST /orders/list` answers, in the order asked.
struct OrdersAnswerWire: Decodable, Sendable {
    struct Item: Decodable, Sendable {
        var id: String
        var status: IikoStatus
    }

    var orders: [Item]
}
