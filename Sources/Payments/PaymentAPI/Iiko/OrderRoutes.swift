import HTTPKit
import JSONKit
import PaymentCore
import Payments

/// iiko-integration, the restaurant's side.
enum OrderRoutes {
    static func all(_ services: Services, poll: StatusPoll) -> [Route] {
        [create(services), list(poll)]
    }

    // MARK: POST /orders

    static let path: PathTemplate = "/orders"

    private static func create(_ services: Services) -> Route {
        Route(
            "POST", path, operation: "createOrder",
            summary: "Accept a bill; returns what to print on the receipt, including the QR code",
            access: .restaurant, Input.restaurantKey, Input.idempotencyKey, RouteInput.body(Messages.bill) { $0 },
            output: .json(CreatedOrderWire.self, "The order, new or known"), failures: [409]
        ) { restaurantKey, idempotencyKey, body in
            guard let clientID = try await RestaurantKeys(services).owner(of: restaurantKey) else {
                throw Problem.badKey
            }
            let bill = try BillReader.read(
                body, format: .seed, restaurant: nil, billID: nil, currency: nil, isStrict: false
            ).bill
            try Problem.checkRestaurant(bill.clientID, is: clientID)
            let key = try idempotencyKey?.requestKey(scope: "orders:\(clientID)")
            let created = try await Preorders(services).create(bill, key: key)
            let link = created.deeplink.url(base: services.settings.deeplinkBase)
            let answer = CreatedOrderWire(
                orderID: created.order.orderID,
                billLines: [
                    .init(type: "text", value: invitation(created.cashback?.percent)),
                    .init(type: CreatedOrderWire.Line.qrCode, value: link),
                ])
            return Reply(answer, subject: clientID)
        }
    }

    private static func invitation(_ cashback: Percent?) -> String {
        cashback.map { "Оплати через yandex-go и получи кэшбэк \($0)%!" } ?? "Оплати через yandex-go!"
    }

    // MARK: POST /orders/list

    static let listPath: PathTemplate = "/orders/list"

    /// How often iiko should poll (the design assumes 0.5 requests per second and restaurant).
    private static let pollSeconds = 2
    private static let seen = RouteField(
        "seen", "With wait: the X-Status-Tag of the last answer; anything else is a change", .string(to: 32)
    ).optional { text throws(FieldError) in text }

    private static let question = RouteInput.body(Messages.ordersQuestion) { bytes in
        let question = try OrdersQuestion.plain(bytes) ?? JSON.message(OrdersQuestion.self, from: bytes)
        guard question.orders.count <= Messages.maximumOrders else {
            throw Problem(.invalid, "too_many_orders", "orders: at most \(Messages.maximumOrders) per request")
        }
        return question
    }

    private static func list(_ poll: StatusPoll) -> Route {
        Route(
            "POST", listPath, operation: "listOrders",
            summary: "The statuses of orders; with wait, once any of them changes", access: .restaurant,
            Input.restaurantKey, Input.wait, seen, question,
            output: .jsonText(
                "A status for each id, in the order requested; orders of other restaurants are NOT_FOUND",
                Messages.ordersAnswer,
                headers: [
                    .init("X-Polling-Delay", "Seconds until the next poll", .integer(in: 0...60)),
                    .init("X-Status-Tag", "The same for the same answer", .string()),
                ]),
            atOnce: { key, wait, seen, question in
                let question = statusQuestion(key, wait, seen, question)
                return try poll.answerAtOnce(question).map { reply($0, to: question) }
            },
            otherwise: { key, wait, seen, question in
                let question = statusQuestion(key, wait, seen, question)
                return reply(try await poll.answer(question), to: question)
            })
    }

    private static func statusQuestion(
        _ key: String, _ wait: Int?, _ seen: String?, _ question: OrdersQuestion
    ) -> StatusPoll.RestaurantQuestion {
        StatusPoll.RestaurantQuestion(
            key: key, clientID: question.clientID, orderIDs: question.orders, seen: seen,
            waitSeconds: Double(wait ?? 0))
    }

    private static func reply(_ answer: StatusPoll.RestaurantAnswer, to question: StatusPoll.RestaurantQuestion)
        -> Reply<[UInt8]>
    {
        Reply(
            json(question.orderIDs, answer.statuses),
            headers: [("X-Polling-Delay", "\(pollSeconds)"), ("X-Status-Tag", answer.tag)], subject: answer.clientID)
    }

    /// Written in a stream, because this route receives more requests than all others together.
    private static func json(_ orderIDs: [String], _ statuses: [IikoStatus]) -> [UInt8] {
        var json = JSONStream(capacity: orderIDs.count * 80 + 16)
        json.object { json in
            json.member(
                "orders",
                array: { json in
                    for (orderID, status) in zip(orderIDs, statuses) {
                        json.object { json in
                            json.member("id", orderID)
                            json.member("status", status.rawValue)
                        }
                    }
                })
        }
        return json.bytes
    }
}
