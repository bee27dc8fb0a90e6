import CommandLineKit
import JSONKit
import PaymentCore
import Payments

enum OrderRefund {
    static let command = Command(
        CommandSpec(
            path: ["order", "refund"], summary: "Refund a payment, in full or in part",
            discussion: """
                Pending refunds count as refunded, so that concurrent refunds never exceed the amount captured, nor \
                any bill line its sum. Each successful refund gets its own receipt.

                With --idempotency-key the command can safely be repeated whatever the outcome: the same key with the \
                same amount and lines is the same refund, whose outcome is awaited and shown again. Without a key, an \
                identical refund is refused (refund_repeated) while one is pending and for a minute after it was \
                made; --again requests another one.
                """,
            arguments: [ArgumentSpec(name: "ORDER", summary: "The order's id")],
            options: [
                OptionSpec(
                    name: "amount", value: "AMOUNT",
                    summary: "The amount, such as 120.50; default the whole remaining amount"),
                OptionSpec(
                    name: "line", value: "N[:AMOUNT]", isRepeatable: true,
                    summary: "The remaining sum of bill line N, counted from 1, or a part of it"),
                OptionSpec(name: "idempotency-key", value: "KEY", summary: "Identifies this refund within the order"),
                OptionSpec(name: "again", summary: "Allow a refund identical to one just requested"),
                OptionSpec(
                    name: "reason", value: "TEXT", default: "refunded by support",
                    summary: "The reason, for the journal"),
                Waiting.noWait, Waiting.timeout,
            ],
            examples: [
                ExampleSpec(
                    command:
                        "qrpay order refund 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e --amount 60 --reason 'cold soup' "
                        + "--idempotency-key soup-1",
                    summary: "Refund a part, once however often it is run"),
                ExampleSpec(
                    command:
                        "qrpay order refund 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e --line 2 --line 5:40 "
                        + "--idempotency-key r-17",
                    summary: "Refund one line and part of another, once"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "The refund failed"),
                ExitStatusSpec(
                    status: 4,
                    meaning: "More than the remaining amount, nothing captured, or an identical refund just now"),
            ]), libraries: [.http, .signing]
    ) { options, context in
        let waiting = try Waiting(options)
        let services = try await Wiring.services(options, context, missingStore: .made)
        let orderID = try OrderReference.orderID(options, services)
        let currency = try await Orders(services).order(orderID).currency
        let request = Payments.RefundRequest(
            orderID: orderID, amount: try options.value("amount").map { try Money(decimal: $0, currency: currency) },
            lines: try options.values("line").map { try line($0, currency) },
            reason: options.value("reason") ?? "refunded by support", key: try key(options),
            isAgain: options.isSet("again"))
        let undertaking = Undertaking(.refund(hasKey: request.key != nil), of: orderID)
        let begun = try await undertaking.begin {
            try await Payments(services).refund(request, actor: context.actor)
        }
        return try await undertaking.goOn(
            invoiceID: begun.order.edaOrderID ?? "?", operation: begun.operation.number
        ) { try await follow(begun, options, context, waiting, services) }
    }

    /// Waits for the outcome of a refund that was begun, and shows it.
    private static func follow(
        _ begun: Payments.RefundBegun, _ options: ParsedOptions, _ context: Context, _ waiting: Waiting,
        _ services: Services
    ) async throws -> ExitStatus {
        let orderID = begun.order.orderID
        let look = "qrpay order show \(orderID)"
        context.did(
            "order \(orderID): refund \(begun.operation.number) of \(begun.operation.amount) has begun", look: look)
        let completion = PaymentCompletion(services, processes: context.processes)
        var (order, operation, verdict) = (begun.order, begun.operation, Problem?.none)
        if let seconds = waiting.seconds {
            let outcome = try await completion.refund(begun, withinSeconds: seconds)
            (order, operation) = (outcome.order, outcome.operation)
            context.did("it \(operation.status.rawValue)", look: look)
            if operation.status != .succeeded { verdict = .refundFailed(orderID, operation.reason) }
        }
        try context.show(
            RefundOutput(
                order: OrderOutput(order: order, deeplink: Orders(services).deeplink(of: order)), refund: operation),
            asJSON: options.isJSON, verdict: verdict)
        return .done
    }

    /// `2` or `2:40.50`.
    private static func line(_ text: String, _ currency: Currency) throws -> Payments.RefundRequest.Line {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(parts[0]), number > 0 else {
            throw Problem(
                .invalid, "usage", "--line '\(text)': must be a line's number, or that and an amount, such as 2:40.50")
        }
        return Payments.RefundRequest.Line(
            number: number, amount: try parts.dropFirst().first.map { try Money(decimal: $0, currency: currency) })
    }

    private static func key(_ options: ParsedOptions) throws -> String? {
        guard let key = options.value("idempotency-key") else { return nil }
        guard RequestKey.isValid(key) else {
            throw Problem(.invalid, "usage", "--idempotency-key: must be 1 to 200 visible ASCII characters")
        }
        return key
    }
}

/// The order after a refund, and the refund itself.
private struct RefundOutput: Detailed {
    var order: OrderOutput
    var refund: PaymentOperation

    var json: JSONObject {
        var json = order.json
        json["refund"] =
            [
                "operation": refund.number, "amount": refund.amount.decimal, "status": refund.status.rawValue,
                "reason": refund.reason,
            ] as JSONObject
        return json
    }

    var details: [(label: String, value: String?)] {
        order.details + [("refund", "operation \(refund.number), \(refund.amount), \(refund.status.rawValue)")]
    }
}
