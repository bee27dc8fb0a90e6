import OrderingCore
import SQLKit
import WorldKit

/// Who is logged in: tokens are random, and only their hashes are kept.
struct Sessions {
    static let tables = """
        CREATE TABLE sessions (
            token_hash TEXT PRIMARY KEY,
            user_id TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL
        );
        CREATE INDEX sessions_by_expiry ON sessions (expires_at);
        """

    static let lifetimeSeconds = 7 * 86_400.0

    private let connection: any SQLConnection

    init(_ connection: any SQLConnection) { self.connection = connection }

    /// Begins a session, and removes some that have expired.
    func begin(_ token: String, userID: String, at now: Instant) throws {
        try connection.execute(
            """
            DELETE FROM sessions WHERE token_hash IN
                (SELECT token_hash FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT 100)
            """, [.instant(now)])
        try connection.execute(
            "INSERT INTO sessions (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
            [
                .text(PasswordKeys.hash(token)), .text(userID), .instant(now),
                .instant(now.advanced(bySeconds: Self.lifetimeSeconds)),
            ])
    }

    /// The user of a token; nil when it is unknown or has expired.
    func userID(_ token: String, at now: Instant) throws -> String? {
        try connection.query(
            "SELECT user_id FROM sessions WHERE token_hash = $1 AND expires_at > $2",
            [.text(PasswordKeys.hash(token)), .instant(now)]
        ).first?.text("user_id")
    }

    func end(_ token: String) throws {
        try connection.execute("DELETE FROM sessions WHERE token_hash = $1", [.text(PasswordKeys.hash(token))])
    }
}
