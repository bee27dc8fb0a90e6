import CommandLineKit
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments

enum SandboxDecide {
    private static let invoice = Argument(
        "INVOICE", .identifier, summary: "The invoice's id (eda_order_id), or its order's id")
    private static let decision = Argument("DECISION", ValueParser<Decision>.word, summary: "What becomes of it")
    private static let operation = Option(
        "operation", "N", .integer(in: 1...1_000_000_000), shownDefault: "the one that can be decided",
        summary: "The operation's number")
    private static let reason = Option(
        "reason", "WORD", .text, summary: "The reason; default 'declined' for decline")

    static let command = Command(
        CommandSpec(
            path: ["sandbox", "decide"], summary: "Decide a pending operation of an invoice, as a guest or a bank does",
            discussion: """
                approve and decline decide a pending operation, such as the 3-D Secure confirmation of card-3ds; lapse \
                lets a successful hold lapse before it is cleared. The change is reported like any other.
                """,
            arguments: [invoice, decision], options: [operation, reason],
            examples: [
                ExampleSpec(
                    command: "qrpay sandbox decide 433c0758df0b1aed079ceea4091877b7 approve",
                    summary: "Confirm a payment with card-3ds")
            ],
            exitStatuses: [
                ExitStatusSpec(status: 4, meaning: "The invoice has no operation that can be decided this way")
            ])
    ) { options, context in
        let decision = options[decision]
        let decided = try await SandboxAccess.run(options, context) { control in
            let found = try find(options[invoice], options[operation], decision, in: try await control.state())
            let operation = try await control.decide(
                invoiceID: found.invoiceID, operation: found.number, status: decision.status,
                reason: options[reason] ?? decision.reason)
            return Decided(invoiceID: found.invoiceID, operation: operation)
        }
        context.did(
            "operation \(decided.operation.number) of \(decided.invoiceID) is \(decided.operation.status.rawValue)")
        try context.show(decided, asJSON: options.isJSON)
        return .done
    }

    private enum Decision: String, CaseIterable {
        case approve, decline, lapse

        var status: PaymentOperation.Status {
            switch self {
            case .approve: .succeeded
            case .decline: .failed
            case .lapse: .lapsed
            }
        }

        var reason: String? {
            switch self {
            case .approve: nil
            case .decline: "declined"
            case .lapse: "hold_lapsed"
            }
        }

        func isFor(_ operation: OperationWire) -> Bool {
            self == .lapse
                ? operation.kind == .hold && operation.status == .succeeded : operation.status == .pending
        }
    }

    /// The operation to decide.
    private static func find(
        _ id: String, _ number: Int?, _ decision: Decision, in state: SandboxSnapshot
    ) throws -> (invoiceID: String, number: Int) {
        let invoices = state.invoices.filter { $0.invoiceID == id || $0.orderID == id }
        guard !invoices.isEmpty else {
            throw Problem(
                .notFound, "unknown_invoice", "the sandbox has no invoice \(id)", hint: "qrpay sandbox state")
        }
        for invoice in invoices {
            let operation = invoice.operations.last { number == nil ? decision.isFor($0) : $0.number == number }
            if let operation { return (invoice.invoiceID, operation.number) }
        }
        throw Problem(
            .conflict, "nothing_to_decide", "invoice \(id) has nothing to \(decision.rawValue)",
            hint: "qrpay sandbox state")
    }

    private struct Decided: Detailed {
        var invoiceID: String
        var operation: OperationWire

        var json: JSONObject {
            [
                "invoice_id": invoiceID, "operation": operation.number, "kind": operation.kind.rawValue,
                "amount": operation.amount, "currency": operation.currency, "status": operation.status.rawValue,
                "reason": operation.reason,
            ]
        }

        var details: [(label: String, value: String?)] {
            [
                ("invoice_id", invoiceID), ("operation", "\(operation.number)"), ("kind", operation.kind.rawValue),
                ("amount", "\(operation.amount) \(operation.currency)"), ("status", operation.status.rawValue),
                ("reason", operation.reason),
            ]
        }
    }
}
