package import SQLKit
package import WorldKit

/// Messages that a service has decided to send, written in the transaction of the effect that they announce.
package struct Outbox {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// The table, for a migration of the application. Instants are microseconds since 1970 UTC.
    package static let table = """
        CREATE TABLE outbox (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            exchange TEXT NOT NULL,
            type TEXT NOT NULL,
            key TEXT NOT NULL,
            correlation_id TEXT NOT NULL,
            causation_id TEXT,
            reply_to TEXT,
            time INTEGER NOT NULL,
            trace_parent TEXT,
            schema_version INTEGER NOT NULL,
            body TEXT NOT NULL,
            -- unsent, sent, parked
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            error TEXT,
            created_at INTEGER NOT NULL,
            settled_at INTEGER
        );
        CREATE INDEX outbox_unsent ON outbox (position) WHERE state = 'unsent';
        CREATE INDEX outbox_parked ON outbox (position) WHERE state = 'parked';
        CREATE INDEX outbox_sent ON outbox (settled_at) WHERE state = 'sent';
        CREATE INDEX outbox_by_correlation ON outbox (correlation_id);
        """

    /// Adds messages to be sent; one whose id is already there stays as it is.
    package func append(_ messages: [Message], to exchange: String, at now: Instant) throws {
        try connection.executeEach(
            """
            INSERT INTO outbox (id, exchange, type, key, correlation_id, causation_id, reply_to, time, trace_parent,
                schema_version, body, state, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'unsent', $12) ON CONFLICT (id) DO NOTHING
            """,
            messages.map { message in
                [
                    .text(message.id), .text(exchange), .text(message.type), .text(message.key),
                    .text(message.correlationID), .text(message.causationID), .text(message.replyTo),
                    .instant(message.time), .text(message.traceParent), .integer(message.schemaVersion),
                    .text(String(decoding: message.body, as: UTF8.self)), .instant(now),
                ]
            })
    }
}
