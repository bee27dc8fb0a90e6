import HTTPKit
import JSONKit
import Ordering
import OrderingCore

/// The user's orders.
enum OrderRoutes {
    static let base = "/api/v1/ordering/orders"

    static func all(_ context: RouteContext) -> [Route] {
        [list(context), show(context), create(context), basket(context)]
    }

    private static let etag = RouteOutputForm.Header("ETag", "The version of the list", .string())

    private static func list(_ context: RouteContext) -> Route {
        Route(
            "GET", "/api/v1/ordering/orders", operation: "listOrders",
            summary: "The last thousand orders, oldest first", access: .user,
            Input.token, Input.wait, Input.seen,
            output: .value("The orders", .array(of: Wire.orderSchema, to: 1000), headers: [etag])
        ) { token, wait, seen in
            let userID = try await context.user(token)
            var known = seen.flatMap(ListTag.init)
            let (answer, tag) = try await context.waiters.poll(userID, seconds: Double(wait ?? 0)) {
                let answer = try await context.gateway.orders(userID: userID).checked()
                let ended = answer.rows.count { $0[.status]?.isFinal ?? false }
                return (answer, ListTag(orders: answer.version ?? 0, ended: ended))
            } isNews: { (_: Gateway.Answer, tag: ListTag) in
                defer { known = known ?? tag }
                return known.map { $0 != tag } ?? false
            }
            return Reply(
                try answer.rows.list(Wire.order), headers: [("ETag", tag.text)], subject: userID)
        }
    }

    private static func show(_ context: RouteContext) -> Route {
        Route(
            "GET", "/api/v1/ordering/orders/{id}", operation: "getOrder",
            summary: "An order; with wait, once it has ended",
            access: .user, Input.token, Input.orderID, Input.wait, output: .value("The order", Wire.orderSchema),
            failures: [404]
        ) { token, orderID, wait in
            let userID = try await context.user(token)
            let answer = try await context.waiters.poll(orderID, seconds: Double(wait ?? 0)) {
                try await context.gateway.order(orderID, userID: userID)
            } isNews: { answer in
                answer.status != 200 || answer.fields[.status] != .pending
            }
            return Reply(try Wire.order(try answer.checked().fields), subject: userID)
        }
    }

    private static func create(_ context: RouteContext) -> Route {
        let input = RequestObject.input(
            ["price": Wire.amount, "basket": FieldForm.identifier.schema], optional: ["basket"]
        ) { body in (price: try body.money("price", atLeast: .leastPrice), basket: try body.optionalText("basket")) }
        return Route(
            "POST", "/api/v1/ordering/orders", operation: "createOrder",
            summary: "Order for a price of at least 1.00, perhaps a basket; it is charged once", access: .user,
            Input.token, Input.idempotencyKey, Input.ifMatch, input,
            output: RouteOutput.value("The order is paid", Wire.orderSchema, headers: [location])
                .status(200, or: [202: "The order is accepted; the address in Location tells its outcome"]),
            failures: [404, 409, 412, 422, 504]
        ) { token, key, ifMatch, order in
            let userID = try await context.user(token)
            let answer = try await context.gateway.order(
                order.price, userID: userID, basketID: order.basket, key: key, ifVersion: try version(ifMatch))
            return try await reply(to: answer, context, userID)
        }
    }

    private static let location = RouteOutputForm.Header("Location", "The order's address", .string())

    /// - Returns: nil for any version.
    private static func version(_ ifMatch: String?) throws -> Int? {
        guard let ifMatch, ifMatch != "*" else { return nil }
        let tag = ListTag(ifMatch)
        guard tag != nil || EntityTag.isOne(ifMatch) else {
            throw APIFailure(400, "bad_if_match", AnswerWords.message("bad_if_match"))
        }
        guard let tag else {
            throw APIFailure(412, "list_changed", AnswerWords.message("list_changed"))
        }
        return tag.orders
    }

    private static func reply(
        to answer: Gateway.Answer, _ context: RouteContext, _ userID: String
    ) async throws -> Reply<JSONValue> {
        guard let orderID = answer.fields[.orderID] else { throw answer.failure() }
        let address = "\(base)/\(orderID)"
        guard answer.isSuccess else {
            throw answer.failure(headers: [HTTPHeaders.Field(name: "Location", value: address)])
        }
        // An answer that came too late for this request says only which order it is.
        let fields =
            answer.fields[.createdAt] != nil
            ? answer.fields : try await context.gateway.order(orderID, userID: userID).checked().fields
        var reply = Reply.answer(
            try Wire.order(fields), answer, headers: [("Location", address)], subject: userID)
        reply.status = answer.status == 202 ? 202 : nil
        return reply
    }

    private static func basket(_ context: RouteContext) -> Route {
        Route(
            "GET", "/api/v1/ordering/basket", operation: "getBasket",
            summary: "The user's one unpaid basket: the same until it is paid", access: .user, Input.token,
            output: .value("The basket", Wire.basketSchema), failures: [404]
        ) { token in
            let userID = try await context.user(token)
            let answer = try await context.gateway.basket(userID: userID).checked()
            guard let id = answer.fields[.basketID] else { throw Wire.Incomplete() }
            return Reply(["id": .string(id)], subject: userID)
        }
    }
}
