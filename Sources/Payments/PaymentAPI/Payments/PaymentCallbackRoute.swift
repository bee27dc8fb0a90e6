import HTTPKit
import PaymentCore
import PaymentPartners
import Payments

/// `POST /4.0/payments/v1/callback`: where transactions reports changes of operations.
enum PaymentCallbackRoute {
    static let path = "/4.0/payments/v1/callback"

    private struct Effect: Encodable { var effect: String }

    /// Acknowledged with 200 once its effect, or that it had none, is durable.
    static func route(_ services: Services) -> Route {
        Route(
            method: "POST", path: path, operation: "reportOperation",
            summary: "Report the outcome of an operation", access: .transactions, body: Messages.callback,
            success: .init(summary: "Received; not to be sent again", schema: Messages.callbackEffect),
            handler: .asynchronous { call in
                let callback = try PaymentCallback(json: call.request.body)
                let effect = try await Payments(services).apply(callback.operation, invoiceID: callback.invoiceID)
                    .effect
                let word =
                    switch effect {
                    case .applied: "applied"
                    case .duplicate: "duplicate"
                    case .ignored: "ignored"
                    }
                return try Answer(Effect(effect: word))
            })
    }
}
