import OrderingCore
import SQLKit

/// The operations of the identity service, which registers users.
struct Identity {
    static let tables = """
        CREATE TABLE users (
            id TEXT PRIMARY KEY,
            email TEXT UNIQUE,
            first_name TEXT NOT NULL,
            last_name TEXT NOT NULL,
            phone TEXT NOT NULL,
            -- SHA-256 of the key that scrypt derives; null for a user who cannot log in.
            password_hash TEXT,
            -- Whether those who have to know of the user do, as far as the answer waits for them.
            is_announced INTEGER NOT NULL,
            created_at INTEGER NOT NULL
        );
        """

    private struct Row: Equatable {
        var user: User
        var passwordHash: String?
    }

    private let turn: Turn
    private var connection: any SQLConnection { turn.connection }

    init(_ turn: Turn) { self.turn = turn }

    /// Same content, same answer; other content of the same user is refused.
    func register(_ fields: FieldSet) throws -> Verdict {
        guard let user = User(fields) else { throw Refusal(400, "bad_user") }
        let row = Row(user: user, passwordHash: fields[.passwordHash])
        switch RepetitionRule.compare(row, with: try self.row(id: user.id)) {
        case .other: throw Refusal(409, "user_exists")
        // A request by message is answered by message, again if the first answer was already removed.
        case .same: if turn.style.arrow(.registrationRequested).isPublish { try turn.emit(.userCreated, user.fields) }
        case .new:
            if let email = user.email,
                try !connection.query("SELECT 1 FROM users WHERE email = $1", [.text(email)]).isEmpty
            {
                throw Refusal(409, "email_taken")
            }
            try insert(row)
            try turn.emit(.userCreated, user.fields)
        }
        return try isAnnounced(user.id) ? .answer(ServiceAnswer(201, user.fields)) : .later
    }

    /// Billing has answered that the user's account exists.
    func accountOpened(_ fields: FieldSet) throws -> Verdict {
        try connection.execute(
            "UPDATE users SET is_announced = 1 WHERE id = $1", [.text(try fields.required(.userID))])
        return .answer(ServiceAnswer(200))
    }

    func logIn(_ fields: FieldSet) throws -> Verdict {
        let stored = try row(id: try fields.required(.userID))
        guard let stored, let hash = stored.passwordHash,
            PasswordKeys.hash(try fields.required(.passwordKey), isKeptAs: hash)
        else { throw Refusal(401, "wrong_credentials") }
        return .answer(ServiceAnswer(200, stored.user.fields))
    }

    func show(_ fields: FieldSet) throws -> Verdict {
        guard let row = try row(id: try fields.required(.userID)) else { throw Refusal(404, "user_not_found") }
        return .answer(ServiceAnswer(200, row.user.fields))
    }

    /// Changes everything but the email, which the user logs in with.
    func change(_ fields: FieldSet) throws -> Verdict {
        guard let user = User(fields) else { throw Refusal(400, "bad_user") }
        guard let row = try row(id: user.id) else { throw Refusal(404, "user_not_found") }
        guard row.user.email == user.email else { throw Refusal(409, "email_is_fixed") }
        try connection.execute(
            "UPDATE users SET first_name = $2, last_name = $3, phone = $4 WHERE id = $1",
            [.text(user.id), .text(user.firstName), .text(user.lastName), .text(user.phone)])
        return .answer(ServiceAnswer(200, user.fields))
    }

    private func insert(_ row: Row) throws {
        let user = row.user
        try connection.execute(
            """
            INSERT INTO users (id, email, first_name, last_name, phone, password_hash, is_announced, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(user.id), .text(user.email), .text(user.firstName), .text(user.lastName), .text(user.phone),
                .text(row.passwordHash), .bool(!turn.style.arrow(.userCreated).isCall), .instant(turn.now),
            ])
    }

    private func isAnnounced(_ id: String) throws -> Bool {
        try connection.query("SELECT is_announced FROM users WHERE id = $1", [.text(id)]).first?.bool("is_announced")
            ?? false
    }

    private func row(id: String) throws -> Row? {
        try connection.query("SELECT * FROM users WHERE id = $1", [.text(id)]).first.map { row in
            Row(user: try row.user(), passwordHash: try row.optionalText("password_hash"))
        }
    }
}

extension SQLRow {
    func user() throws -> User {
        User(
            id: try text("id"), email: try optionalText("email"), firstName: try text("first_name"),
            lastName: try text("last_name"), phone: try text("phone"))
    }

    /// Minor units.
    func money(_ column: String) throws -> Money {
        guard let money = Money(minorUnits: try integer(column)) else { throw damage(column, "is out of range") }
        return money
    }

    func optionalMoney(_ column: String) throws -> Money? {
        try optionalInteger(column) == nil ? nil : try money(column)
    }
}

extension SQLValue {
    static func money(_ money: Money?) -> SQLValue { .integer(money?.minorUnits) }
}
