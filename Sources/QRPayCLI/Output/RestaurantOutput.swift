import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

/// A restaurant with the cashback rule in force.
struct RestaurantOutput: Detailed, Listed {
    var listed: Restaurants.Listed

    private var cashback: String? { listed.rule?.percent.description }

    var json: JSONObject {
        [
            "client_id": listed.restaurant.clientID, "name": listed.restaurant.name, "zone": listed.restaurant.zone,
            "cashback": cashback, "cashback_rule_id": listed.rule?.ruleID,
            "created_at": listed.restaurant.createdAt.rfc3339,
        ]
    }

    var details: [(label: String, value: String?)] {
        [
            ("client_id", listed.restaurant.clientID), ("name", listed.restaurant.name),
            ("zone", listed.restaurant.zone), ("cashback", cashback.map { "\($0)%" }),
            ("created_at", listed.restaurant.createdAt.rfc3339),
        ]
    }

    static let columns = [
        TextTable.Column("RESTAURANT", isShrinkable: false), TextTable.Column("NAME"), TextTable.Column("ZONE"),
        TextTable.Column("CASHBACK", alignment: .right),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(listed.restaurant.clientID), TextTable.Cell(listed.restaurant.name),
            TextTable.Cell(listed.restaurant.zone ?? "-"), TextTable.Cell(cashback.map { "\($0)%" } ?? "-"),
        ]
    }
}
