import CommandLineKit
import QRPayDomain

/// A line of an order's history.
struct JournalOutput: Listed {
    var entry: JournalEntry

    var json: JSONObject {
        [
            "at": entry.at.rfc3339, "order_id": entry.orderID, "event": entry.event.rawValue,
            "from": entry.from?.rawValue, "to": entry.to?.rawValue, "actor": entry.actor.text, "detail": entry.detail,
        ]
    }

    static let columns = [
        TextTable.Column("AT"), TextTable.Column("EVENT"), TextTable.Column("FROM"), TextTable.Column("TO"),
        TextTable.Column("BY"), TextTable.Column("DETAIL", isShrinkable: true),
    ]

    var cells: [TextTable.Cell] {
        let detail = entry.detail.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        return [
            TextTable.Cell(entry.at.rfc3339), TextTable.Cell(entry.event.rawValue),
            TextTable.Cell(entry.from?.rawValue ?? "-"),
            TextTable.Cell(entry.to?.rawValue ?? "-", effect: entry.to?.effect), TextTable.Cell(entry.actor.text),
            TextTable.Cell(detail),
        ]
    }
}
