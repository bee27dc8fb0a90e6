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

    static let path = "/orders"

    private static func create(_ services: Services) -> Route {
        Route(
            method: "POST", path: path, operation: "createOrder",
            summary: "Accept a bill; returns what to print on the receipt, including the QR code",
            access: .restaurant, parameters: [.idempotencyKey], body: Messages.bill,
            success: .init(summary: "The order, new or known", schema: Messages.createdOrder), failures: [409],
            handler: .asynchronous { call in
                guard let clientID = try await RestaurantKeys(services).owner(of: call.restaurantKey ?? "") else {
                    throw Problem.badKey
                }
                let bill = try BillReader.read(
                    call.request.body, format: .seed, restaurant: nil, billID: nil, currency: nil, isStrict: false
                ).bill
                try Problem.checkRestaurant(bill.clientID, is: clientID)
                let key = try call.requestKey(scope: "orders:\(clientID)")
                let created = try await Preorders(services).create(bill, key: key)
                let link = created.deeplink.url(base: services.settings.deeplinkBase)
                return try Answer(
                    CreatedOrderWire(
                        orderID: created.order.orderID,
                        billLines: [
                            .init(type: "text", value: invitation(created.cashback?.percent)),
                            .init(type: CreatedOrderWire.Line.qrCode, value: link),
                        ]), clientID: clientID)
            })
    }

    private static func invitation(_ cashback: Percent?) -> String {
        cashback.map { "Оплати через yandex-go и получи кэшбэк \($0)%!" } ?? "Оплати через yandex-go!"
    }

    // MARK: POST /orders/list

    static let listPath = "/orders/list"

    /// How often iiko should poll (the design assumes 0.5 requests per second and restaurant).
    private static let pollSeconds = 2
    private static let seen = Parameter(
        name: "seen", isRequired: false,
        summary: "With wait: the X-Status-Tag of the last answer; anything else is a change",
        schema: .string(to: 32))

    private static func list(_ poll: StatusPoll) -> Route {
        Route(
            method: "POST", path: listPath, operation: "listOrders",
            summary: "The statuses of orders; with wait, once any of them changes", access: .restaurant,
            parameters: [.wait, seen], body: Messages.ordersQuestion,
            success: .init(
                summary: "A status for each id, in the order requested; orders of other restaurants are NOT_FOUND",
                schema: Messages.ordersAnswer,
                headers: [
                    ("X-Polling-Delay", "Seconds until the next poll", .integer(in: 0...60)),
                    ("X-Status-Tag", "The same for the same answer", .string()),
                ]),
            handler: .atOnce(
                { call in
                    let question = try question(of: call)
                    return try poll.answerAtOnce(question).map { answer($0, to: question) }
                },
                otherwise: { call in
                    let question = try question(of: call)
                    return answer(try await poll.answer(question), to: question)
                }))
    }

    private static func question(of call: Call) throws -> StatusPoll.RestaurantQuestion {
        let question = try OrdersQuestion.plain(call.request.body) ?? call.json(OrdersQuestion.self)
        guard question.orders.count <= Messages.maximumOrders else {
            throw Problem(.invalid, "too_many_orders", "orders: at most \(Messages.maximumOrders) per request")
        }
        return StatusPoll.RestaurantQuestion(
            key: call.restaurantKey ?? "", clientID: question.clientID, orderIDs: question.orders,
            seen: try call.text(seen), waitSeconds: try call.waitSeconds())
    }

    private static func answer(_ answer: StatusPoll.RestaurantAnswer, to question: StatusPoll.RestaurantQuestion)
        -> Answer
    {
        Answer(json: json(question.orderIDs, answer.statuses), clientID: answer.clientID)
            .with("X-Polling-Delay", "\(pollSeconds)").with("X-Status-Tag", answer.tag)
    }

    /// Encoded manually, because this route receives more requests than all others together.
    private static func json(_ orderIDs: [String], _ statuses: [IikoStatus]) -> [UInt8] {
        var bytes = Array(#"{"orders":["#.utf8)
        bytes.reserveCapacity(orderIDs.count * 80 + 16)
        for (index, (orderID, status)) in zip(orderIDs, statuses).enumerated() {
            bytes += (index == 0 ? #"{"id":"# : #",{"id":"#).utf8
            bytes += JSONValue.quoted(orderID).utf8
            bytes += #","status":""#.utf8
            bytes += status.rawValue.utf8
            bytes += #""}"#.utf8
        }
        bytes += "]}".utf8
        return bytes
    }
}
