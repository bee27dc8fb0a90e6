import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

enum CashbackShow {
    static let command = Command(
        CommandSpec(
            path: ["cashback", "show"], summary: "Explain one order's cashback: rule, due, accrued",
            discussion: "Accrued and clawed-back amounts come from the cashback service.",
            arguments: [OrderReference.argument],
            examples: [
                ExampleSpec(
                    command: "qrpay cashback show 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e",
                    summary: "Explain the amount a guest received")
            ])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let shown = try await CashbackShowing(services).show(try options[OrderReference.argument].orderID(services))
        try context.show(StatementOutput(shown: shown), asJSON: options.isJSON)
        return .done
    }
}

private struct StatementOutput: Detailed {
    var shown: CashbackShowing.Shown

    private var statement: CashbackStatement { shown.statement }
    private var order: Order { statement.order }

    var json: JSONObject {
        [
            "order_id": order.orderID, "status": order.status.rawValue, "uid": order.uid,
            "rule_id": order.cashback?.ruleID, "percent": order.cashback?.percent.description,
            "cap": order.cashback?.cap?.decimal, "minimum_bill": shown.rule?.minimumBill?.decimal,
            "currency": order.currency.code, "taken": order.capturedAmount.decimal, "refunded": order.refunded.decimal,
            "due": statement.due.decimal, "accrued": statement.accrued.decimal,
            "clawed_back": statement.clawedBack.decimal, "difference": statement.difference.decimal,
            "explanation": statement.explanation, "entries": shown.ledger.map(\.json),
        ]
    }

    var details: [(label: String, value: String?)] {
        [
            ("order_id", order.orderID), ("status", order.status.rawValue), ("uid", order.uid), ("rule", rule),
            ("taken", order.capturedAmount.description), ("refunded", order.refunded.description),
            ("due", statement.due.description), ("accrued", statement.accrued.description),
            ("clawed_back", statement.clawedBack.description),
        ] + statement.explanation.map { ("explanation", $0) }
    }

    private var rule: String? {
        order.cashback.map { terms in
            let minimum = shown.rule?.minimumBill.map { ", from a bill of \($0)" } ?? ""
            let cap = terms.cap.map { ", at most \($0)" } ?? ""
            return "\(terms.percent)%\(minimum)\(cap) (\(terms.ruleID))"
        }
    }
}

extension CashbackLedgerRow {
    fileprivate var json: JSONObject {
        [
            "id": id, "key": entry.key, "kind": entry.kind.rawValue, "uid": entry.uid, "amount": entry.amount.decimal,
            "at": at.rfc3339,
        ]
    }
}
