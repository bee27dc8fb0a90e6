import HTTPKit
import JSONKit
import Ordering
import OrderingCore

/// The routes at the root, for users who have only a name and no password: anyone may act for them, and they have
/// nothing in common with users who have registered with an email address.
enum NameRoutes {
    static func all(_ context: RouteContext) -> [Route] {
        [createUser(context), deposit(context), basket(context), order(context), list(context)]
    }

    private static let name = JSONSchema.string("The user's name", from: 1, to: 200)

    static let schema = JSONSchema.object(
        [
            "status": .boolean("Whether it was done"), "message": .string("The result, or the reason why not"),
            "log": .array(of: .string()),
        ], optional: ["message", "log"])

    private static func createUser(_ context: RouteContext) -> Route {
        Route(
            "POST", "/CreateUser", operation: "createNamedUser", summary: "Register a user who has only a name",
            body(["user": name]) { try $0.text("user") }, output: output("The user is registered"),
            failures: [409, 504]
        ) { name in
            let answer = try await context.gateway.register(name: name).checked()
            return .answer(done(), answer, subject: answer.fields[.userID])
        }
    }

    private static func deposit(_ context: RouteContext) -> Route {
        Route(
            "POST", "/DepositCash", operation: "depositForNamedUser", summary: "Put money on the user's account",
            Input.idempotencyKey,
            body(["user": name, "sum": Wire.amount]) { (try $0.text("user"), try $0.money("sum")) },
            output: output("The money is there"), failures: [404, 409, 422, 504]
        ) { key, deposit in
            let userID = try await known(deposit.0, context)
            let answer = try await context.gateway.deposit(deposit.1, userID: userID, key: key).checked()
            return .answer(done(), answer, subject: userID)
        }
    }

    private static func basket(_ context: RouteContext) -> Route {
        Route(
            "GET", "/GetBasket", operation: "getBasketOfNamedUser",
            summary: "The id of the user's unpaid basket: the same until it is paid", query, optionalBody,
            output: output("The basket's id in 'message'"), failures: [404]
        ) { fromQuery, fromBody in
            guard let name = try given(fromQuery, fromBody) else { throw FieldError(field: "user", problem: "missing") }
            let userID = try await known(name, context)
            let answer = try await context.gateway.basket(userID: userID).checked()
            guard let id = answer.fields[.basketID] else { throw Wire.Incomplete() }
            return Reply(done(message: id), subject: userID)
        }
    }

    private static func order(_ context: RouteContext) -> Route {
        Route(
            "POST", "/Order", operation: "orderForNamedUser",
            summary: "Order a basket for a sum of at least 1.00; the same again is the same order",
            body(["user": name, "sum": Wire.amount, "basket": FieldForm.identifier.schema]) { body in
                (
                    user: try body.text("user"), sum: try body.money("sum", atLeast: .leastPrice),
                    basket: try body.text("basket")
                )
            },
            output: output("The order is paid").status(
                200, or: [202: "The order is accepted; GET /List tells its outcome"]),
            failures: [404, 409, 422, 504]
        ) { order in
            let userID = try user(order.user, context)
            // Each attempt of a basket is one order already; the key lets a client that was cut off come back.
            let answer = try await context.gateway.order(order.sum, userID: userID, basketID: order.basket).checked()
            guard let id = answer.fields[.orderID] else { throw Wire.Incomplete() }
            var reply = Reply.answer(done(message: id), answer, subject: userID)
            reply.status = answer.status == 202 ? 202 : nil
            return reply
        }
    }

    private static func list(_ context: RouteContext) -> Route {
        Route(
            "GET", "/List", operation: "listNotificationsOfNamedUser",
            summary: "Notifications of a user, or of all users with only a name, one line each", query, optionalBody,
            output: output("The lines in 'log': the user, a colon, the result")
        ) { fromQuery, fromBody in
            let userID = try given(fromQuery, fromBody).map { try user($0, context) }
            let answer = try await context.gateway.notifications(userID: userID).checked()
            let lines = answer.rows.compactMap { row in
                row[.message].map { "\(row[.firstName] ?? ""): \($0)" }
            }
            return Reply(["status": true, "log": .array(lines.map(JSONValue.string))], subject: userID)
        }
    }

    // MARK: Parts

    private static func body<Value: Sendable>(
        _ members: KeyValuePairs<String, JSONSchema>, _ read: @escaping @Sendable (RequestObject) throws -> Value
    ) -> RouteInput<Value> {
        .body(.object(members), maximumBytes: RequestObject.maximumBytes) { bytes in
            try read(try RequestObject(bytes, known: nil))
        }
    }

    private static let query = RouteField("user", "The user's name, unless it is in the body", name)
        .optional { text in text }

    private static let optionalBody = RouteInput<String?>.body(
        .object(["user": name]), maximumBytes: RequestObject.maximumBytes, isRequired: false
    ) { bytes in bytes.isEmpty ? nil : try RequestObject(bytes, known: nil).optionalText("user") }

    private static func given(_ query: String?, _ body: String?) throws -> String? {
        guard query == nil || body == nil || query == body else {
            throw FieldError(field: "user", problem: "differs between query and body")
        }
        return query ?? body
    }

    private static func user(_ name: String, _ context: RouteContext) throws -> String {
        guard !name.isEmpty, NameRule.isText(name, atMost: 200) else {
            throw APIFailure(400, "bad_name", AnswerWords.message("bad_name"))
        }
        return context.gateway.userID(name: name)
    }

    /// The id of a registered user; a request for an unknown user would never be answered.
    private static func known(_ name: String, _ context: RouteContext) async throws -> String {
        let userID = try user(name, context)
        let profile = try await context.gateway.profile(userID: userID)
        guard profile.status != 404 else {
            throw APIFailure(404, "user_not_found", AnswerWords.message("user_not_found"))
        }
        _ = try profile.checked()
        return userID
    }

    private static func output(_ summary: String) -> RouteOutput<JSONValue> { .value(summary, schema) }

    private static func done(message: String? = nil) -> JSONValue {
        .members([("status", true)] + (message.map { [("message", .string($0))] } ?? []))
    }

    /// An error in the form of these routes.
    static func response(refusing failure: APIFailure) -> HTTPResponse {
        var response = failure.response
        let json: JSONValue = [
            "status": false, "code": .string(failure.failure.code), "message": .string(failure.failure.message),
        ]
        response.body = Array(json.compact.utf8)
        return response
    }

    private static let paths = Set(["/CreateUser", "/DepositCash", "/GetBasket", "/Order", "/List"])

    static func serves(_ request: HTTPServerRequest) -> Bool { paths.contains(request.path) }
}
