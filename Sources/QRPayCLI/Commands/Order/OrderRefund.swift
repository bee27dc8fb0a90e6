import CommandLineKit
import JSONKit
import PaymentCore
import Payments

enum OrderRefund {
    private static let order = OrderReference.argument(summary: "The order's id")
    private static let amount = Option(
        "amount", "AMOUNT", .decimal, summary: "The amount, such as 120.50; default the whole remaining amount")
    private static let line = Option(
        repeated: "line", "N[:AMOUNT]", Line.parser,
        summary: "The remaining sum of bill line N, counted from 1, or a part of it")
    private static let key = Option(
        "idempotency-key", "KEY", .text("1 to 200 visible ASCII characters") { RequestKey.isValid($0) },
        summary: "Identifies this refund within the order")
    private static let again = Option(flag: "again", summary: "Allow a refund identical to one just requested")
    private static let reason = Option(
        "reason", "TEXT", .text, default: "refunded by support", summary: "The reason, for the journal")

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
            arguments: [order],
            options: [amount, line, key, again, reason, Waiting.noWait, Waiting.timeout, EventOptions.broker],
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
        let waiting = Waiting(options)
        let services = try await Wiring.services(options, context)
        let orderID = try options[order].orderID(services)
        let currency = try await Orders(services).order(orderID).currency
        let request = Payments.RefundRequest(
            orderID: orderID, amount: try options[amount]?.money(currency),
            lines: try options[line].map { try $0.requested(currency) }, reason: options[reason], key: options[key],
            isAgain: options[again])
        let undertaking = Undertaking(.refund(hasKey: request.key != nil), of: orderID)
        let begun = try await undertaking.begin {
            try await Payments(services).refund(request, actor: context.actor)
        }
        return try await undertaking.proceed(
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
    private struct Line {
        var number: Int
        /// Nil for what remains of it.
        var amount: DecimalAmount?

        static let parser = ValueParser { text throws -> Line in
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(parts[0]), number > 0
            else { throw InvalidValue("must be a line's number, or that and an amount, such as 2:40.50") }
            return Line(number: number, amount: try parts.dropFirst().first.map { try DecimalAmount(String($0)) })
        }

        func requested(_ currency: Currency) throws -> Payments.RefundRequest.Line {
            Payments.RefundRequest.Line(number: number, amount: try amount?.money(currency))
        }
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
