import OrderingCore
import SQLKit

/// The events of listening clients, one a finished order; kept by the push service, or by the gateway where the push
/// service receives nothing.
struct PushEvents {
    static let tables = """
        CREATE TABLE push_events (
            user_id TEXT NOT NULL,
            -- Of the user's events, from 1 and without gaps: an event is committed after the one before it.
            number INTEGER NOT NULL,
            order_id TEXT NOT NULL UNIQUE,
            status TEXT NOT NULL,
            reason TEXT,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (user_id, number)
        );
        """

    private let turn: Turn

    init(_ turn: Turn) { self.turn = turn }

    func record(_ fields: FieldSet) throws -> Verdict {
        let outcome = OrderOutcome(refusal: fields[.reason])
        try turn.connection.execute(
            """
            INSERT INTO push_events (order_id, user_id, number, status, reason, created_at)
            SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, $4, $5 FROM push_events WHERE user_id = $2
            ON CONFLICT (order_id) DO NOTHING
            """,
            [
                .text(try fields.required(.orderID)), .text(try fields.required(.userID)),
                .text(outcome.status.rawValue), .text(outcome.reason?.rawValue), .instant(turn.now),
            ])
        return .answer(ServiceAnswer(200))
    }

    /// A user's events, oldest first: a thousand after the one that the client has seen last, or the last thousand.
    func list(_ fields: FieldSet) throws -> Verdict {
        if let after = fields[.after] {
            let rows = try turn.connection.query(
                "SELECT * FROM push_events WHERE user_id = $1 AND number > $2 ORDER BY number LIMIT 1000",
                [.text(try fields.required(.userID)), .integer(after)])
            return .answer(ServiceAnswer(200, rows: try rows.map { try $0.pushEvent().fields }))
        }
        let rows = try turn.connection.query(
            """
            SELECT * FROM (SELECT * FROM push_events WHERE user_id = $1 ORDER BY number DESC LIMIT 1000) AS last
            ORDER BY number
            """, [.text(try fields.required(.userID))])
        return .answer(ServiceAnswer(200, rows: try rows.map { try $0.pushEvent().fields }))
    }
}

extension SQLRow {
    func pushEvent() throws -> PushEvent {
        PushEvent(
            number: try number("number"), orderID: try text("order_id"), userID: try text("user_id"),
            status: try word("status"), reason: try optionalWord("reason"), createdAt: try instant("created_at"))
    }
}
