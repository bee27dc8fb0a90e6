import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore
import Payments

enum TaskBackfill {
    private static let order = Option("order", "ORDER", .identifier, summary: "Only tasks of this order")
    private static let limit = Option(
        "limit", "N", .integer(in: 1...1_000_000), default: "10000", summary: "At most N, oldest first")
    private static let yes = Option(flag: "yes", summary: "Stage them")

    static let command = Command(
        CommandSpec(
            path: ["task", "backfill"], summary: "Stage missing receipt tasks of orders",
            discussion: """
                A payment or refund continues even when the queue refuses the task that would fetch its receipt. This \
                finds documents that have neither a receipt nor a task; --yes stages their tasks.
                """,
            options: [order, limit, yes],
            examples: [ExampleSpec(command: "qrpay task backfill", summary: "Look for missing receipts")])
    ) { options, context in
        let orderID = options[order]
        let isDryRun = !options[yes]
        let services = try await Wiring.services(options, context)
        let documents = try await ReceiptBackfill(services).run(
            orderID: orderID, limit: options[limit], isDryRun: isDryRun)
        if !isDryRun, !documents.isEmpty {
            context.did("staged \(documents.count.counted("task"))", look: "qrpay task list --kind receipt.fetch")
        }
        let rows = documents.map(MissingReceiptOutput.init)
        if options.isJSON {
            let json: JSONObject = [
                "dry_run": isDryRun, "matched": rows.count, "staged": isDryRun ? 0 : rows.count,
                "documents": rows.map(\.json),
            ]
            try context.output.write(try JSONText.render(json))
        } else {
            try context.show(
                rows, asJSON: false, ifEmpty: "no receipt is missing", without: orderID == nil ? [] : ["ORDER"])
            if !rows.isEmpty {
                let tasks = rows.count.counted("task")
                try context.note(isDryRun ? "would stage \(tasks); use --yes to stage them" : "staged \(tasks)")
            }
        }
        return .done
    }
}

/// A document without a task that fetches its receipt.
private struct MissingReceiptOutput: Listed {
    var document: DocumentRecord

    var json: JSONObject {
        [
            "order_id": document.orderID, "document_id": document.documentID, "type": document.kind.rawValue,
            "cost": document.amount.decimal, "currency": document.amount.currency.code,
        ]
    }

    static let columns = [
        TextTable.Column("ORDER", isShrinkable: false), TextTable.Column("DOCUMENT", isShrinkable: false),
        TextTable.Column("TYPE", isShrinkable: false),
        TextTable.Column("COST", alignment: .right, isShrinkable: false),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(document.orderID), TextTable.Cell(document.documentID),
            TextTable.Cell(document.kind.rawValue),
            TextTable.Cell("\(document.amount)"),
        ]
    }
}
