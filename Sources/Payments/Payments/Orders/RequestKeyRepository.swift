import PaymentCore
package import SQLKit
package import WorldKit

/// Idempotency keys of requests, and the order of each request.
package struct RequestKeyRepository {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    package struct Record: Hashable, Sendable {
        /// SHA-256 of the request's content.
        package var digest: [UInt8]
        package var orderID: String
    }

    package func record(scope: String, key: String) throws -> Record? {
        try connection.query(
            "SELECT digest, order_id FROM request_keys WHERE scope = $1 AND key = $2", [.text(scope), .text(key)]
        ).first.map { Record(digest: try $0.blob("digest"), orderID: try $0.text("order_id")) }
    }

    /// Stores a key; an existing one stays as it is.
    package func insert(scope: String, key: String, digest: [UInt8], orderID: String, at instant: Instant) throws {
        try connection.execute(
            """
            INSERT INTO request_keys (scope, key, digest, order_id, created_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (scope, key) DO NOTHING
            """,
            [.text(scope), .text(key), .blob(digest), .text(orderID), .instant(instant)])
    }

    /// Deletes the oldest keys from before `instant`, at most `limit` of them.
    package func delete(before instant: Instant, limit: Int) throws {
        let old = try connection.query(
            "SELECT scope, key FROM request_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2",
            [.instant(instant), .integer(limit)])
        for row in old {
            try connection.execute(
                "DELETE FROM request_keys WHERE scope = $1 AND key = $2",
                [.text(try row.text("scope")), .text(try row.text("key"))])
        }
    }
}
