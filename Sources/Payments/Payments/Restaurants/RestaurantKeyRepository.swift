import PaymentCore
package import SQLKit
package import WorldKit

/// The API keys of restaurants, by number; only the digest of a key's secret is stored.
package struct RestaurantKeyRepository {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    package struct Record: Hashable, Sendable {
        package var clientID: String
        /// From 1 within the restaurant; never reused.
        package var number: Int
        /// SHA-256 of the secret.
        package var digest: [UInt8]
        package var createdAt: Instant
        /// When it stopped being valid; nil while it is valid.
        package var endedAt: Instant?

        package init(clientID: String, number: Int, digest: [UInt8], createdAt: Instant, endedAt: Instant? = nil) {
            self.clientID = clientID
            self.number = number
            self.digest = digest
            self.createdAt = createdAt
            self.endedAt = endedAt
        }
    }

    /// The digest of a valid key's secret; nil when the key does not exist or has ended.
    package func digest(clientID: String, number: Int) throws -> [UInt8]? {
        try connection.query(
            "SELECT digest FROM restaurant_keys WHERE client_id = $1 AND number = $2 AND ended_at IS NULL",
            [.text(clientID), .integer(number)]
        ).first?.blob("digest")
    }

    /// All keys of the restaurant, newest first.
    package func keys(clientID: String) throws -> [Record] {
        try connection.query(
            "SELECT * FROM restaurant_keys WHERE client_id = $1 ORDER BY number DESC", [.text(clientID)]
        ).map(Self.record)
    }

    package func insert(_ record: Record) throws {
        try connection.execute(
            "INSERT INTO restaurant_keys (client_id, number, digest, created_at) VALUES ($1, $2, $3, $4)",
            [.text(record.clientID), .integer(record.number), .blob(record.digest), .instant(record.createdAt)])
    }

    /// Ends the valid keys numbered below `number`.
    package func end(clientID: String, below number: Int, at instant: Instant) throws {
        try connection.execute(
            "UPDATE restaurant_keys SET ended_at = $3 WHERE client_id = $1 AND number < $2 AND ended_at IS NULL",
            [.text(clientID), .integer(number), .instant(instant)])
    }

    private static func record(_ row: SQLRow) throws -> Record {
        Record(
            clientID: try row.text("client_id"), number: try row.number("number"), digest: try row.blob("digest"),
            createdAt: try row.instant("created_at"), endedAt: try row.optionalInstant("ended_at"))
    }
}
