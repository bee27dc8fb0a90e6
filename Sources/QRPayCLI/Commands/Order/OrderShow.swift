import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

enum OrderShow {
    private static let explain = Option(
        flag: "explain", summary: "Explain what the order is waiting for and what would help")

    static let command = Command(
        CommandSpec(
            path: ["order", "show"], summary: "Show an order with its lines, operations, receipts and tasks",
            arguments: [OrderReference.argument], options: [explain],
            examples: [
                ExampleSpec(
                    command: "qrpay order show 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e",
                    summary: "Show everything about one order"),
                ExampleSpec(
                    command: "qrpay order show 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e --explain",
                    summary: "Find out why it is not paid"),
            ])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let orders = Orders(services)
        let now = context.world.now()
        let details = try await orders.details(try options[OrderReference.argument].orderID(services))
        let order = ExplainedOrder(
            order: OrderOutput(order: details.order, deeplink: orders.deeplink(of: details.order)),
            explanation: options[explain] ? OrderExplanation(details, settings: services.settings) : nil)
        if options.isJSON {
            var json = order.json
            json["lines"] = details.lines.map { line -> JSONObject in
                ["name": line.name, "quantity": line.quantity?.description, "amount": line.amount.decimal]
            }
            json["operations"] = details.operations.map(\.json)
            json["receipts"] = details.receipts.map { ["document_id": $0.documentID, "key": $0.key] as JSONObject }
            json["tasks"] = details.tasks.map { TaskOutput($0, now: now).json }
            try context.output.write(try JSONText.render(json))
            return .done
        }
        try context.show(order, asJSON: false)
        guard context.terminal.isTerminal else { return .done }
        try context.output.write("\n")
        for operation in details.operations { try context.output.write("\(operation.line)\n") }
        try context.output.write("\n")
        try context.show(
            details.tasks.map { TaskOutput($0, now: now) }, asJSON: false, ifEmpty: "no tasks", without: ["ORDER"])
        return .done
    }
}

/// An order, with an explanation of what it is waiting for if requested.
private struct ExplainedOrder: Detailed {
    var order: OrderOutput
    var explanation: OrderExplanation?

    var json: JSONObject {
        var json = order.json
        if let explanation {
            json["waits_for"] = explanation.waitText
            json["moved_by"] = explanation.moveTexts
        }
        return json
    }

    var details: [(label: String, value: String?)] {
        order.details + [("waits_for", explanation?.waitText)]
            + (explanation?.moveTexts ?? []).map { ("moved_by", $0) }
    }
}

extension OperationRecord {
    fileprivate var json: JSONObject {
        [
            "invoice_id": invoiceID, "operation": operation.number, "kind": operation.kind.rawValue, "uid": uid,
            "amount": operation.amount.decimal, "status": operation.status.rawValue, "reason": operation.reason,
        ]
    }

    fileprivate var line: String {
        let reason = operation.reason.map { " (\($0))" } ?? ""
        return
            "\(operation.kind.rawValue) \(operation.number) of \(invoiceID) by \(uid): \(operation.amount), "
            + "\(operation.status.rawValue)\(reason)"
    }
}
