import CommandLineKit
import FiscalReceipts
import JSONKit
import PaymentCore

/// The state at the end of the demo.
struct DemoSummary: Sendable {
    struct Receipt: Sendable {
        var receipt: StoredReceipt
        var bytes: Int
    }

    var orders: [Order]
    var statuses: [String: IikoStatus]
    var receipts: [Receipt]
    var findings: [CashbackAudit.Finding]

    var json: JSONObject {
        [
            "orders": orders.map { order -> JSONObject in
                [
                    "order_id": order.orderID, "client_id": order.clientID, "status": order.status.rawValue,
                    "iiko_status": statuses[order.orderID]?.rawValue, "currency": order.currency.code,
                    "amount": order.amount.decimal, "taken": order.capturedAmount.decimal,
                    "refunded": order.refunded.decimal,
                    "uid": order.uid, "cashback_due": order.cashbackDue.decimal,
                ]
            },
            "receipts": receipts.map { stored -> JSONObject in
                [
                    "order_id": stored.receipt.orderID, "document_id": stored.receipt.documentID,
                    "type": stored.receipt.kind.rawValue, "cost": stored.receipt.cost.decimal,
                    "key": stored.receipt.key, "bytes": stored.bytes,
                ]
            },
            "audit_findings": findings.map { FindingOutput(finding: $0).json }, "ok": true,
        ]
    }

    func show(_ context: Context) throws {
        var table = TextTable(columns: [
            .init("ORDER"), .init("STATUS"), .init("IIKO"), .init("TAKEN", alignment: .right),
            .init("REFUNDED", alignment: .right), .init("CASHBACK", alignment: .right),
            .init("RECEIPTS", alignment: .right),
        ])
        for order in orders {
            let count = receipts.count { $0.receipt.orderID == order.orderID }
            table.append([
                .init(order.orderID), .init(order.status.rawValue, effect: order.status.effect),
                .init(statuses[order.orderID]?.rawValue ?? "-"), .init(order.capturedAmount.description),
                .init(order.refunded.decimal), .init(order.cashbackDue.decimal), .init("\(count)"),
            ])
        }
        try context.output.write("\n" + table.render(.init(context.terminal)))
    }
}
