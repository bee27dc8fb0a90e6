import HTTPKit
import PaymentCore
import PaymentPartners
import Payments

/// `POST /4.0/payments/v1/callback`: where transactions reports changes of operations.
enum PaymentCallbackRoute {
    static let path: PathTemplate = "/4.0/payments/v1/callback"

    private struct Effect: Encodable, JSONMessage {
        static let schema = Messages.callbackEffect

        var effect: String
    }

    /// Acknowledged with 200 once its effect, or that it had none, is durable.
    static func route(_ services: Services) -> Route {
        Route(
            "POST", path, operation: "reportOperation", summary: "Report the outcome of an operation",
            access: .transactions, RouteInput.body(Messages.callback) { try PaymentCallback(json: $0) },
            output: .json(Effect.self, "Received; not to be sent again")
        ) { callback in
            let effect = try await Payments(services).apply(callback.operation, invoiceID: callback.invoiceID).effect
            let word =
                switch effect {
                case .applied: "applied"
                case .duplicate: "duplicate"
                case .ignored: "ignored"
                }
            return Reply(Effect(effect: word))
        }
    }
}
