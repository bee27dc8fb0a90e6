import OrderingCore
import SQLKit

/// The operations of the notification service: notifications, and in some styles a copy of the users.
struct Notifications {
    static let tables = """
        CREATE TABLE profiles (
            id TEXT PRIMARY KEY,
            email TEXT,
            first_name TEXT NOT NULL,
            last_name TEXT NOT NULL,
            phone TEXT NOT NULL
        );
        CREATE TABLE notifications (
            number INTEGER PRIMARY KEY,
            order_id TEXT NOT NULL UNIQUE,
            user_id TEXT NOT NULL,
            status TEXT NOT NULL,
            message TEXT NOT NULL,
            created_at INTEGER NOT NULL
        );
        CREATE INDEX notifications_by_user ON notifications (user_id, number);
        """

    private let turn: Turn
    private var connection: any SQLConnection { turn.connection }

    init(_ turn: Turn) { self.turn = turn }

    func keepProfile(_ fields: FieldSet) throws -> Verdict {
        guard let user = User(fields) else { throw Refusal(400, "bad_user") }
        try connection.execute(
            """
            INSERT INTO profiles (id, email, first_name, last_name, phone) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (id) DO NOTHING
            """,
            [
                .text(user.id), .text(user.email), .text(user.firstName), .text(user.lastName), .text(user.phone),
            ])
        return .answer(ServiceAnswer(200))
    }

    /// Notifies a user of an order's outcome, once. What the message lacks is requested.
    func notify(_ fields: FieldSet) throws -> Verdict {
        let orderID = try fields.required(.orderID)
        if let known = try notification(of: orderID) { return .answer(ServiceAnswer(201, known.fields)) }
        guard let price = fields[.price] else {
            guard turn.cause.answerStatus != 404 else { throw OrderError.notFound }
            turn.ask(.showOrder, fields, then: .notify)
            return .later
        }
        let userID = try fields.required(.userID)
        guard let user = try user(userID, fields) else {
            turn.ask(.showUser, fields, then: .notify)
            return .later
        }
        let outcome = OrderOutcome(refusal: fields[.reason])
        let notification = Notification(
            id: orderID, orderID: orderID, userID: userID, status: outcome.status,
            message: OrderRule.announcement(to: user, orderID: orderID, outcome, price: price), createdAt: turn.now)
        try insert(notification)
        return .answer(ServiceAnswer(201, notification.fields))
    }

    /// The user of an order, if known here; nil when the identity service has to be asked first.
    /// - Throws: ``Postponement`` when the copy has not arrived.
    private func user(_ id: String, _ fields: FieldSet) throws -> User? {
        guard turn.style.copiesUsers else {
            if let user = User(fields) { return user }
            // The identity service does not know the user, who is addressed by the id instead.
            return turn.cause.answerStatus == 404 ? User(id: id, email: nil) : nil
        }
        if let row = try connection.query("SELECT * FROM profiles WHERE id = $1", [.text(id)]).first {
            return try row.user()
        }
        guard
            let delay = AccountWaitRule.delay(
                attempts: turn.cause.attempts, since: turn.cause.time, now: turn.now)
        else { return User(id: id, email: nil) }
        throw Postponement(code: "profile_missing", seconds: delay)
    }

    /// A user's notifications, oldest first, the last thousand.
    func list(_ fields: FieldSet) throws -> Verdict {
        let rows = try connection.query(
            """
            SELECT * FROM (SELECT * FROM notifications WHERE user_id = $1 ORDER BY number DESC LIMIT 1000) AS last
            ORDER BY number
            """, [.text(try fields.required(.userID))])
        return .answer(ServiceAnswer(200, rows: try rows.map { try $0.notification().fields }))
    }

    private func notification(of orderID: String) throws -> Notification? {
        try connection.query("SELECT * FROM notifications WHERE order_id = $1", [.text(orderID)]).first.map {
            try $0.notification()
        }
    }

    private func insert(_ notification: Notification) throws {
        try connection.execute(
            """
            INSERT INTO notifications (order_id, user_id, status, message, created_at) VALUES ($1, $2, $3, $4, $5)
            """,
            [
                .text(notification.orderID), .text(notification.userID), .text(notification.status.rawValue),
                .text(notification.message), .instant(notification.createdAt),
            ])
    }
}

extension SQLRow {
    func notification() throws -> Notification {
        let orderID = try text("order_id")
        return Notification(
            id: orderID, orderID: orderID, userID: try text("user_id"), status: try word("status"),
            message: try text("message"), createdAt: try instant("created_at"))
    }
}
