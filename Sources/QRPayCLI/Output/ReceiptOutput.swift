import CommandLineKit
import JSONKit
import PaymentCore
import WorldKit

/// A stored receipt as every command shows it.
struct ReceiptOutput: Detailed, Listed {
    var receipt: StoredReceipt
    /// Created on demand; it expires.
    var url: String
    /// The time that relative times refer to.
    var now: Instant

    /// The name that guests see in the order's history.
    private var title: String { receipt.kind == .payment ? "Чек" : "Чек возврата" }

    var json: JSONObject {
        [
            "order_id": receipt.orderID, "document_id": receipt.documentID, "type": receipt.kind.rawValue,
            "title": title, "cost": receipt.cost.decimal, "currency": receipt.cost.currency.code, "key": receipt.key,
            "url": url, "created_at": receipt.createdAt.rfc3339,
        ]
    }

    var details: [(label: String, value: String?)] {
        [
            ("order_id", receipt.orderID), ("document_id", receipt.documentID), ("type", receipt.kind.rawValue),
            ("title", title), ("cost", receipt.cost.description), ("key", receipt.key), ("url", url),
            ("created_at", receipt.createdAt.rfc3339),
        ]
    }

    static let columns = [
        TextTable.Column("DOCUMENT", isShrinkable: false), TextTable.Column("TITLE", isShrinkable: false),
        TextTable.Column("SUM", alignment: .right, isShrinkable: false),
        TextTable.Column("CREATED", isShrinkable: false), TextTable.Column("LINK"),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(receipt.documentID), TextTable.Cell(title), TextTable.Cell(receipt.cost.description),
            TextTable.Cell(receipt.createdAt.rfc3339, onTerminal: receipt.createdAt.relative(to: now)),
            TextTable.Cell(url),
        ]
    }
}
