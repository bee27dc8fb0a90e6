import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

/// A cashback rule, and whether it is in force.
struct RuleOutput: Detailed, Listed {
    var listed: CashbackRules.Listed

    private var rule: CashbackRule { listed.rule }

    var json: JSONObject {
        [
            "rule_id": rule.ruleID, "client_id": rule.clientID, "percent": rule.percent.description,
            "currency": (rule.minimumBill ?? rule.cap)?.currency.code, "minimum_bill": rule.minimumBill?.decimal,
            "cap": rule.cap?.decimal, "valid_from": rule.validFrom.rfc3339, "valid_until": rule.validUntil?.rfc3339,
            "standing": listed.status.rawValue,
        ]
    }

    var details: [(label: String, value: String?)] {
        [
            ("rule_id", rule.ruleID), ("restaurant", rule.clientID ?? "(default)"), ("cashback", "\(rule.percent)%"),
            ("minimum_bill", rule.minimumBill?.description), ("cap", rule.cap?.description),
            ("valid_from", rule.validFrom.rfc3339), ("valid_until", rule.validUntil?.rfc3339),
            ("standing", listed.status.rawValue),
        ]
    }

    static let columns = [
        TextTable.Column("RULE", isShrinkable: false), TextTable.Column("RESTAURANT", isShrinkable: false),
        TextTable.Column("CASHBACK", alignment: .right, isShrinkable: false),
        TextTable.Column("MINIMUM", alignment: .right, isShrinkable: false),
        TextTable.Column("CAP", alignment: .right, isShrinkable: false), TextTable.Column("FROM"),
        TextTable.Column("UNTIL"),
        TextTable.Column("STANDING"),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(rule.ruleID), TextTable.Cell(rule.clientID ?? "(default)"),
            TextTable.Cell("\(rule.percent)%"), TextTable.Cell(rule.minimumBill?.description ?? "-"),
            TextTable.Cell(rule.cap?.description ?? "-"), TextTable.Cell(rule.validFrom.rfc3339),
            TextTable.Cell(rule.validUntil?.rfc3339 ?? "-"),
            TextTable.Cell(listed.status.rawValue, effect: listed.status == .inForce ? .green : nil),
        ]
    }
}
