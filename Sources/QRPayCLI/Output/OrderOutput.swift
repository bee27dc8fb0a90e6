import CommandLineKit
import QRPayDomain

/// An order as every command shows it.
struct OrderOutput: Detailed, Listed {
    var order: Order
    var deeplink: String

    var json: JSONObject {
        [
            "order_id": order.orderID, "client_id": order.clientID, "internal_order_id": order.internalOrderID,
            "bill_version": order.billVersion, "status": order.status.rawValue,
            "iiko_status": order.status.iiko.rawValue, "currency": order.currency.code, "amount": order.amount.decimal,
            "taken": order.taken.decimal, "refunded": order.refunded.decimal, "uid": order.uid,
            "eda_order_id": order.edaOrderID, "deeplink": deeplink, "created_at": order.createdAt.rfc3339,
            "updated_at": order.updatedAt.rfc3339, "expires_at": order.expiresAt.rfc3339,
            "guest_status": order.status.guest.rawValue, "payment_method_id": order.paymentMethodID,
            "cashback_percent": order.cashback?.percent.description, "cashback_due": order.cashbackDue.decimal,
        ]
    }

    var details: [(label: String, value: String?)] {
        [
            ("order_id", order.orderID), ("restaurant", order.clientID), ("bill", order.internalOrderID),
            ("bill_version", "\(order.billVersion)"), ("status", order.status.rawValue),
            ("iiko_status", order.status.iiko.rawValue), ("amount", order.amount.description),
            ("taken", order.taken.isZero ? nil : order.taken.description),
            ("refunded", order.refunded.isZero ? nil : order.refunded.description), ("uid", order.uid),
            ("eda_order_id", order.edaOrderID),
            ("cashback", order.cashback.map { "\($0.percent)%, \(order.cashbackDue) due" }),
            ("deeplink", deeplink), ("created_at", order.createdAt.rfc3339),
            ("expires_at", order.status.isOpen ? order.expiresAt.rfc3339 : nil),
        ]
    }

    static let columns = [
        TextTable.Column("ORDER"), TextTable.Column("STATUS"), TextTable.Column("AMOUNT", alignment: .right),
        TextTable.Column("REFUNDED", alignment: .right), TextTable.Column("RESTAURANT"), TextTable.Column("UID"),
        TextTable.Column("CREATED"),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(order.orderID), TextTable.Cell(order.status.rawValue, effect: order.status.effect),
            TextTable.Cell(order.amount.description), TextTable.Cell(order.refunded.decimal),
            TextTable.Cell(order.clientID), TextTable.Cell(order.uid ?? "-"),
            TextTable.Cell(order.createdAt.rfc3339),
        ]
    }
}

extension OrderStatus {
    /// How the status stands out on a terminal.
    var effect: TextStyle.Effect? {
        switch self {
        case .cleared, .refunded: .green
        case .holdFailed, .clearFailed: .red
        case .holding, .held: .yellow
        case .pending, .canceled, .expired: nil
        }
    }
}
