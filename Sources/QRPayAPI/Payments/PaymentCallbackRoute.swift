import HTTPKit
import QRPayDomain
import QRPayPartners
import QRPayServices

extension API {
    /// Where transactions reports changes of operations.
    package static let callbackPath = "/4.0/payments/v1/callback"
}

extension Routes {
    /// `POST /4.0/payments/v1/callback`: acknowledged with 200 once its effect, or that it had none, is durable.
    mutating func addPaymentCallback(_ services: Services) {
        on("POST", API.callbackPath) { request, _ in
            let callback = try PaymentCallback(json: request.body)
            let effect = try await Payments(services).apply(callback.operation, invoiceID: callback.invoiceID)
            let word =
                switch effect {
                case .applied: "applied"
                case .duplicate: "duplicate"
                case .ignored: "ignored"
                }
            return HTTPResponse(
                status: 200, headers: HTTPHeaders([("Content-Type", "application/json")]),
                body: Array(#"{"effect":"\#(word)"}"#.utf8))
        }
    }
}
