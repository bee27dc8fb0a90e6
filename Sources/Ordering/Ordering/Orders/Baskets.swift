import OrderingCore
import SQLKit

/// The baskets of the order service.
struct Baskets {
    static let tables = """
        CREATE TABLE baskets (
            id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL,
            status TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            sum INTEGER
        );
        CREATE UNIQUE INDEX baskets_unpaid ON baskets (user_id) WHERE status <> 'paid';
        """

    private let turn: Turn
    private var connection: any SQLConnection { turn.connection }

    init(_ turn: Turn) { self.turn = turn }

    /// The user's one unpaid basket; the first request makes it, under an id derived from that request.
    func open(_ fields: FieldSet) throws -> Verdict {
        let userID = try fields.required(.userID)
        let basket = Basket(id: turn.cause.correlationID, userID: userID)
        try connection.execute(
            """
            INSERT INTO baskets (id, user_id, status, attempt) VALUES ($1, $2, $3, 0)
            ON CONFLICT (user_id) WHERE status <> 'paid' DO NOTHING
            """, [.text(basket.id), .text(userID), .text(basket.status.rawValue)])
        let row = try connection.query(
            "SELECT * FROM baskets WHERE user_id = $1 AND status <> 'paid'", [.text(userID)]
        ).first
        guard let row else { throw SQLError(code: .conflict, message: "the basket was paid meanwhile") }
        return .answer(ServiceAnswer(200, try row.basket().fields))
    }

    /// Another user's basket gets the same answer as an unknown one.
    func show(_ fields: FieldSet) throws -> Verdict {
        guard let basket = try basket(try fields.required(.basketID)), basket.userID == fields[.userID] else {
            throw BasketError.notFound
        }
        return .answer(ServiceAnswer(200, basket.fields))
    }

    func basket(_ id: String) throws -> Basket? {
        try connection.query("SELECT * FROM baskets WHERE id = $1", [.text(id)]).first.map { try $0.basket() }
    }

    /// - Parameter old: the basket as it was read.
    func update(_ old: Basket, to basket: Basket) throws {
        let changed = try connection.execute(
            """
            UPDATE baskets SET status = $2, attempt = $3, sum = $4 WHERE id = $1 AND status = $5 AND attempt = $6
            """,
            [
                .text(basket.id), .text(basket.status.rawValue), .integer(basket.attempt), .money(basket.sum),
                .text(old.status.rawValue), .integer(old.attempt),
            ])
        guard changed == 1 else { throw SQLError(code: .conflict, message: "the basket has changed meanwhile") }
    }
}

extension SQLRow {
    func basket() throws -> Basket {
        Basket(
            id: try text("id"), userID: try text("user_id"), status: try word("status"),
            attempt: try number("attempt"), sum: try optionalMoney("sum"))
    }
}
