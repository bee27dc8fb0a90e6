import CommandLineKit
import PaymentAPI
import PaymentCore
import Payments

enum Pay {
    private static let order = OrderReference.verifiedArgument
    private static let uid = Option(required: "uid", "UID", .identifier, summary: "The guest who pays")
    private static let method = Option(
        required: "method", "ID", .identifier, summary: "One of the guest's payment methods")
    private static let billVersion = Option(
        "bill-version", "N", .integer(in: 1...1_000_000),
        summary: "The bill version the guest saw; an outdated one is refused")

    static let command = Command(
        CommandSpec(
            path: ["pay"], summary: "Pay an order as one guest",
            discussion: """
                Makes the guest the payer, unless another guest already is, and completes the payment: hold, cashback, \
                clear. Run again, it resumes the same payment. Lost answers are requested again; what is not decided \
                in time is left to the workers.

                With --server it pays as the guest's app does, using the gateway's key in \
                QRPAY_GATEWAY_KEY_FILE; ORDER must then be the deeplink.
                """,
            arguments: [order],
            options: [uid, method, billVersion, Waiting.noWait, Waiting.timeout, Server.option, EventOptions.broker],
            examples: [
                ExampleSpec(
                    command: "qrpay pay 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e --uid 4001 --method card-approve",
                    summary: "Pay and wait for the outcome"),
                ExampleSpec(
                    command: "qrpay pay \"$DEEPLINK\" --uid 4001 --method card-approve --server http://127.0.0.1:8780",
                    summary: "Pay at a server"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "Declined"),
                ExitStatusSpec(
                    status: 4, meaning: "Another guest is paying or has paid, the bill changed, or the order expired"),
            ]), libraries: [.http, .signing]
    ) { options, context in
        let waiting = Waiting(options)
        if let server = try Server.named(by: options, context) {
            let (link, url) = try server.deeplink(options[order])
            let payment = ServerPayment(
                guest: try server.guest(uid: options[uid]), link: link, paymentMethodID: options[method],
                world: context.world,
                waitSeconds: waiting.seconds)
            let outcome = try await payment.run(billVersion: options[billVersion])
            context.did(
                "order \(link.orderID): the payment \(outcome.payment.status == .waiting ? "has begun" : "was made")",
                look: "qrpay preorder show '\(url)' --uid UID --server URL")
            try context.show(
                ServedOrderOutput(outcome, of: payment, deeplink: url), asJSON: options.isJSON,
                verdict: outcome.declined.map { .paymentDeclined(link.orderID, $0) })
            return .done
        }
        return try await payHere(options, context, waiting)
    }

    /// Pays using the store.
    private static func payHere(
        _ options: ParsedOptions, _ context: Context, _ waiting: Waiting
    ) async throws -> ExitStatus {
        let services = try await Wiring.services(options, context)
        let orderID = try options[order].orderID(services)
        let request = Payments.Request(
            orderID: orderID, uid: options[uid], paymentMethodID: options[method], billVersion: options[billVersion])
        let undertaking = Undertaking(.payment, of: orderID)
        let begun = try await undertaking.begin { try await Payments(services).begin(request) }
        return try await undertaking.proceed(invoiceID: begun.edaOrderID ?? "?", operation: begun.operation) {
            try await follow(begun, options, context, waiting, services)
        }
    }

    /// Waits for the outcome of a payment that was begun, and shows it.
    private static func follow(
        _ begun: Order, _ options: ParsedOptions, _ context: Context, _ waiting: Waiting, _ services: Services
    ) async throws -> ExitStatus {
        let look = "qrpay order show \(begun.orderID)"
        context.did("order \(begun.orderID): the payment has begun", look: look)
        let completion = PaymentCompletion(services, processes: context.processes)
        let (outcome, signal) = await context.untilStopped {
            guard let seconds = waiting.seconds else { return PaymentCompletion.PaymentOutcome?.none }
            return try await completion.payment(begun, withinSeconds: seconds)
        }
        if let signal, case .failure = outcome {
            try context.note(
                "order \(begun.orderID): the workers continue the payment; "
                    + "'qrpay order status \(begun.orderID)' shows the outcome")
            return ExitStatus(signal: signal)
        }
        let settled = try outcome.get()
        let order = settled?.order ?? begun
        context.did("it is \(order.status.rawValue), \(order.capturedAmount) captured", look: look)
        try context.show(
            OrderOutput(order: order, deeplink: Orders(services).deeplink(of: order)), asJSON: options.isJSON,
            verdict: settled?.declined.map { .paymentDeclined(begun.orderID, $0) })
        return .done
    }
}
