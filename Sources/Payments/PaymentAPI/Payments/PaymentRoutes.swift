import HTTPKit
import JSONKit
import PaymentCore
import Payments

/// `POST` and `GET /4.0/payments/v1/orders`: the guest pays, and polls the payment's status.
enum PaymentRoutes {
    static func all(_ services: Services, poll: StatusPoll) -> [Route] {
        [pay(services), status(poll)]
    }

    static let path: PathTemplate = "/4.0/payments/v1/orders"

    private static func pay(_ services: Services) -> Route {
        Route(
            "POST", path, operation: "payOrder",
            summary:
                "Pay an order; the first user to pay becomes the payer, and the payment continues in the background",
            access: .gateway, Input.uid, Input.idempotencyKey, RouteInput.json(PaymentWire.self),
            output: output("The payment is in progress, or done"), failures: [403, 404, 409]
        ) { uid, idempotencyKey, payment in
            try Service.check(payment.service)
            let link = try services.verifiedDeeplink(
                orderID: payment.orderID, restaurantID: payment.restaurantID, kid: payment.kid, hmac: payment.hmac)
            let order = try await Payments(services).begin(
                Payments.Request(
                    orderID: link.orderID, uid: uid,
                    paymentMethodID: try payment.paymentMethodID.identifier("payment_method_id"),
                    billVersion: payment.billVersion, key: try idempotencyKey?.requestKey(scope: "payments:\(uid)")))
            return reply(StatusPoll.GuestAnswer(order))
        }
    }

    static let seenField = RouteField(
        "seen", "With wait: the status already known; any other is a change", .word(Messages.guestStatuses))
    private static let seen = seenField.optionalWord(GuestStatus.self)

    private static func status(_ poll: StatusPoll) -> Route {
        Route(
            "GET", path, operation: "getPayment",
            summary: "The status of the user's payment; to be polled until it is PAYED or DECLINED", access: .gateway,
            Input.uid, Input.orderID, Input.wait, seen, output: output("The status for this user"),
            failures: [404, 409]
        ) { uid, orderID, wait, seen in
            reply(try await poll.answer(orderID: orderID, uid: uid, seen: seen, waitSeconds: Double(wait ?? 0)))
        }
    }

    // MARK: The answer of both

    static let pollingDelay = "X-Polling-Delay"
    /// How often the app should poll.
    private static let pollSeconds = 1

    private static func output(_ summary: String) -> RouteOutput<PaymentStatusWire> {
        .json(
            PaymentStatusWire.self, summary,
            headers: [.init(pollingDelay, "Seconds until the next poll", .integer(in: 0...60))])
    }

    private static func reply(_ answer: StatusPoll.GuestAnswer) -> Reply<PaymentStatusWire> {
        let message =
            switch answer.status {
            case .waiting: "Ожидайте оплаты"
            case .payed where answer.cashback != nil: "Заказ оплачен, кэшбэк скоро будет начислен"
            case .payed: "Заказ оплачен"
            case .declined: "Не удалось оплатить заказ"
            }
        return Reply(
            PaymentStatusWire(message: message, status: answer.status), headers: [(pollingDelay, "\(pollSeconds)")])
    }
}
