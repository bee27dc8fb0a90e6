import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

/// An order as every command shows it.
struct OrderOutput: Detailed, Listed {
    var order: Order
    var deeplink: String
    /// The time that relative times refer to.
    var now: Instant?

    var json: JSONObject {
        [
            "order_id": order.orderID, "client_id": order.clientID, "internal_order_id": order.internalOrderID,
            "bill_version": order.billVersion, "status": order.status.rawValue,
            "iiko_status": order.status.iiko.rawValue, "currency": order.currency.code, "amount": order.amount.decimal,
            "prepaid": order.prepaid.decimal, "total": order.total.decimal, "taken": order.capturedAmount.decimal,
            "refunded": order.refunded.decimal, "uid": order.uid,
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
            ("prepaid", order.prepaid.isZero ? nil : order.prepaid.description),
            ("taken", order.capturedAmount.isZero ? nil : order.capturedAmount.description),
            ("refunded", order.refunded.isZero ? nil : order.refunded.description), ("uid", order.uid),
            ("eda_order_id", order.edaOrderID),
            ("cashback", order.cashback.map { "\($0.percent)%, \(order.cashbackDue) due" }),
            ("deeplink", deeplink), ("created_at", order.createdAt.rfc3339),
            ("expires_at", order.status.isOpen ? order.expiresAt.rfc3339 : nil),
        ]
    }

    static let columns = [
        TextTable.Column("ORDER", isShrinkable: false), TextTable.Column("STATUS", isShrinkable: false),
        TextTable.Column("AMOUNT", alignment: .right, isShrinkable: false),
        TextTable.Column("REFUNDED", alignment: .right, isShrinkable: false),
        // The restaurant's name is shortened first; 'qrpay order show' has it in full.
        TextTable.Column("RESTAURANT", minimumWidth: 5), TextTable.Column("UID", isShrinkable: false),
        TextTable.Column("CREATED", isShrinkable: false),
    ]

    /// The columns that would repeat a filter in every row, or are empty in all rows.
    static func columnsSaid(by filter: OrderFilter, _ items: [OrderOutput]) -> Set<String> {
        var columns: Set<String> = []
        if filter.statuses.count == 1 { columns.insert("STATUS") }
        if filter.clientID != nil { columns.insert("RESTAURANT") }
        if filter.uid != nil || items.allSatisfy({ $0.order.uid == nil }) { columns.insert("UID") }
        if items.allSatisfy(\.order.refunded.isZero) { columns.insert("REFUNDED") }
        return columns
    }

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(order.orderID), TextTable.Cell(order.status.rawValue, effect: order.status.effect),
            TextTable.Cell(order.amount.description), TextTable.Cell(order.refunded.decimal),
            TextTable.Cell(order.clientID), TextTable.Cell(order.uid ?? "-"),
            TextTable.Cell(order.createdAt.rfc3339, onTerminal: now.map { order.createdAt.relative(to: $0) }),
        ]
    }
}

extension OrderStatus {
    /// The color of the status on a terminal.
    var effect: TextStyle.Effect? {
        switch self {
        case .cleared, .refunded: .green
        case .holdFailed, .clearFailed: .red
        case .holding, .held: .yellow
        case .pending, .canceled, .expired: nil
        }
    }
}
