import HTTPKit
import PaymentCore

/// A bill as accepted by `POST /orders`; it has no quantities.
struct BillWire: Encodable, Sendable {
    struct Content: Encodable, Sendable {
        var currency: String
        var amount: String
        /// Omitted when nothing is prepaid.
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

/// The response of `POST /orders`: the order, and what to print on the receipt.
struct CreatedOrderWire: Codable, JSONMessage {
    static let schema = Messages.createdOrder

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

/// The response of `POST /orders/list`, in the order requested.
struct OrdersAnswerWire: Decodable, Sendable {
    struct Item: Decodable, Sendable {
        var id: String
        var status: IikoStatus
    }

    var orders: [Item]
}
