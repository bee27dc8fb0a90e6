import HTTPKit
import PaymentCore
import Payments

/// `POST` and `GET /4.0/payments/v1/orders`: the guest pays, and polls the payment's status.
enum PaymentRoutes {
    static func all(_ services: Services, poll: StatusPoll) -> [Route] {
        [pay(services), status(poll)]
    }

    static let path = "/4.0/payments/v1/orders"

    private static func pay(_ services: Services) -> Route {
        Route(
            method: "POST", path: path, operation: "payOrder",
            summary:
                "Pay an order; the first user to pay becomes the payer, and the payment continues in the background",
            access: .user,
            parameters: [.idempotencyKey], body: Messages.payment,
            success: success("The payment is in progress, or done"), failures: [403, 404, 409],
            handler: .asynchronous { call in
                let uid = try call.requiredIdentifier(.uid)
                let payment = try call.json(PaymentWire.self)
                try Service.check(payment.service)
                let link = try services.verifiedDeeplink(
                    orderID: payment.orderID, restaurantID: payment.restaurantID, kid: payment.kid, hmac: payment.hmac)
                let order = try await Payments(services).begin(
                    Payments.Request(
                        orderID: link.orderID, uid: uid,
                        paymentMethodID: try payment.paymentMethodID.identifier("payment_method_id"),
                        billVersion: payment.billVersion, key: try call.requestKey(scope: "payments:\(uid)")))
                return try answer(StatusPoll.GuestAnswer(order))
            })
    }

    static let seen = Parameter(
        name: "seen", isRequired: false, summary: "With wait: the status already known; any other is a change",
        schema: .word(Messages.guestStatuses))

    private static func status(_ poll: StatusPoll) -> Route {
        Route(
            method: "GET", path: path, operation: "getPayment",
            summary: "The status of the user's payment; to be polled until it is PAYED or DECLINED", access: .user,
            parameters: [.orderID, .wait, seen], success: success("The status for this very user"),
            failures: [404, 409],
            handler: .asynchronous { call in
                try answer(
                    try await poll.answer(
                        orderID: try call.requiredIdentifier(.orderID), uid: try call.requiredIdentifier(.uid),
                        seen: try call.word(seen, as: GuestStatus.self), waitSeconds: try call.waitSeconds()))
            })
    }

    // MARK: The answer of both

    static let pollingDelay = "X-Polling-Delay"
    /// How often the app should poll.
    private static let pollSeconds = 1

    private static func success(_ summary: String) -> Route.Success {
        .init(
            summary: summary, schema: Messages.paymentStatus,
            headers: [(pollingDelay, "Seconds until the next poll", .integer(in: 0...60))])
    }

    private static func answer(_ answer: StatusPoll.GuestAnswer) throws -> Answer {
        let message =
            switch answer.status {
            case .waiting: "Ожидайте оплаты"
            case .payed where answer.cashback != nil: "Заказ оплачен, кэшбэк скоро будет начислен"
            case .payed: "Заказ оплачен"
            case .declined: "Не удалось оплатить заказ"
            }
        return try Answer(PaymentStatusWire(message: message, status: answer.status))
            .with(pollingDelay, "\(pollSeconds)")
    }
}
