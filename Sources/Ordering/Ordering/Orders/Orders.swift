import OrderingCore
import SQLKit

/// The operations of the order service.
struct Orders {
    static let tables = """
        CREATE TABLE orders (
            id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL,
            price INTEGER NOT NULL,
            status TEXT NOT NULL,
            reason TEXT,
            basket_id TEXT REFERENCES baskets,
            attempt INTEGER NOT NULL,
            -- Whether the notification of its outcome was answered, where the style waits for it.
            is_announced INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL
        );
        CREATE INDEX orders_by_user ON orders (user_id, created_at, id);
        CREATE TABLE order_moves (
            number INTEGER PRIMARY KEY,
            order_id TEXT NOT NULL REFERENCES orders,
            status TEXT NOT NULL,
            at INTEGER NOT NULL
        );
        CREATE INDEX order_moves_by_order ON order_moves (order_id);
        """

    private let turn: Turn
    private var connection: any SQLConnection { turn.connection }

    init(_ turn: Turn) { self.turn = turn }

    /// Makes a pending order and asks for its payment. Asked again, it answers how far the order is.
    func place(_ fields: FieldSet) throws -> Verdict {
        let order = Order(
            id: try fields.required(.orderID), userID: try fields.required(.userID),
            price: try fields.required(.price), basketID: fields[.basketID], createdAt: turn.cause.time)
        if let known = try self.order(order.id) {
            guard OrderRule.isSame(known, userID: order.userID, price: order.price, basketID: order.basketID) else {
                throw OrderError.otherContent
            }
            // A request by message is answered by message, again if the first answer was already removed.
            if known.status.isFinal, turn.style.arrow(.orderRequested).isPublish { try emitOutcome(of: known) }
            return try answer(known)
        }
        let attempt = try order.basketID.map { try take($0, for: order) } ?? 1
        try insert(order, attempt: attempt)
        let paymentID = OrderRule.paymentID(orderID: order.id, attempt: attempt)
        try turn.emit(.paymentNeeded, order.fields.with(.paymentID, paymentID).with(.amount, order.price))
        return try answer(order)
    }

    /// Orders the basket.
    /// - Returns: the attempt.
    private func take(_ basketID: String, for order: Order) throws -> Int {
        let baskets = Baskets(turn)
        let basket = try baskets.basket(basketID)
        switch try BasketRule.order(basket, by: order.userID, sum: order.price) {
        case .ordered(let ordered) where ordered.orderID == order.id:
            if let basket { try baskets.update(basket, to: ordered) }
            return ordered.attempt
        // Another attempt than the one that was asked for: the request is about an older state of the basket.
        case .ordered, .same: throw OrderError.otherContent
        }
    }

    /// Where payments are requests, the answer has the outcome and all are notified; otherwise the outcome comes later.
    private func answer(_ order: Order) throws -> Verdict {
        guard order.status.isFinal else {
            return turn.style.arrow(.paymentNeeded).isCall
                ? .later : .answer(ServiceAnswer(202, order.fields))
        }
        if turn.style.arrow(.orderSucceeded).isCall, try !isAnnounced(order.id) { return .later }
        return .answer(
            ServiceAnswer(order.status == .succeeded ? 200 : 422, order.fields, code: order.reason?.rawValue))
    }

    /// The payment is decided.
    func settle(_ fields: FieldSet) throws -> Verdict {
        let orderID = try fields.required(.orderID)
        guard let order = try order(orderID) else { throw OrderError.notFound }
        guard turn.cause.answerStatus.map({ [201, 422].contains($0) }) ?? true else {
            throw Refusal(409, "payment_exists")
        }
        let outcome = OrderOutcome(refusal: fields[.reason])
        guard case .changed(let settled) = try OrderRule.settle(order, outcome) else {
            return .answer(ServiceAnswer(200, order.fields))
        }
        let changed = try connection.execute(
            "UPDATE orders SET status = $2, reason = $3 WHERE id = $1 AND status = 'pending'",
            [.text(orderID), .text(settled.status.rawValue), .text(settled.reason?.rawValue)])
        guard changed == 1 else { throw SQLError(code: .conflict, message: "the order has changed meanwhile") }
        try move(settled)
        let baskets = Baskets(turn)
        if let basketID = settled.basketID, let basket = try baskets.basket(basketID) {
            try baskets.update(basket, to: BasketRule.settle(basket, orderID: orderID, outcome))
        }
        try emitOutcome(of: settled)
        return .answer(ServiceAnswer(200, settled.fields))
    }

    private func emitOutcome(of order: Order) throws {
        try turn.emit(order.status == .succeeded ? .orderSucceeded : .orderFailed, order.fields)
    }

    func announced(_ fields: FieldSet) throws -> Verdict {
        try connection.execute(
            "UPDATE orders SET is_announced = 1 WHERE id = $1", [.text(try fields.required(.orderID))])
        return .answer(ServiceAnswer(200))
    }

    func show(_ fields: FieldSet) throws -> Verdict {
        guard let order = try order(try fields.required(.orderID)), fields[.userID].map({ $0 == order.userID }) ?? true
        else { throw OrderError.notFound }
        let attempt = try connection.query("SELECT attempt FROM orders WHERE id = $1", [.text(order.id)])[0]
            .number("attempt")
        return .answer(
            ServiceAnswer(
                200, order.fields.with(.paymentID, OrderRule.paymentID(orderID: order.id, attempt: attempt))))
    }

    /// A user's orders, oldest first, the last thousand.
    func list(_ fields: FieldSet) throws -> Verdict {
        let rows = try connection.query(
            """
            SELECT * FROM (SELECT * FROM orders WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1000) AS last
            ORDER BY created_at, id
            """, [.text(try fields.required(.userID))])
        return .answer(ServiceAnswer(200, rows: try rows.map { try $0.order().fields }))
    }

    // MARK: Rows

    private func order(_ id: String) throws -> Order? {
        try connection.query("SELECT * FROM orders WHERE id = $1", [.text(id)]).first.map { try $0.order() }
    }

    private func isAnnounced(_ id: String) throws -> Bool {
        try connection.query("SELECT is_announced FROM orders WHERE id = $1", [.text(id)])[0].bool("is_announced")
    }

    private func insert(_ order: Order, attempt: Int) throws {
        try connection.execute(
            """
            INSERT INTO orders (id, user_id, price, status, reason, basket_id, attempt, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(order.id), .text(order.userID), .money(order.price), .text(order.status.rawValue),
                .text(order.reason?.rawValue), .text(order.basketID), .integer(attempt), .instant(order.createdAt),
            ])
        try move(order)
    }

    private func move(_ order: Order) throws {
        try connection.execute(
            "INSERT INTO order_moves (order_id, status, at) VALUES ($1, $2, $3)",
            [.text(order.id), .text(order.status.rawValue), .instant(turn.now)])
    }
}

extension SQLRow {
    func order() throws -> Order {
        Order(
            id: try text("id"), userID: try text("user_id"), price: try money("price"), status: try word("status"),
            reason: try optionalWord("reason"), basketID: try optionalText("basket_id"),
            createdAt: try instant("created_at"))
    }
}
