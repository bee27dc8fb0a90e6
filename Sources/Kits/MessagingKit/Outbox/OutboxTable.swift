extension Outbox {
    /// For the migration's ``SQLKit/SQLMigration/serverSQL``: each row is updated twice, so pages leave space for that.
    package static let serverSettings = """
        ALTER TABLE outbox SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
            autovacuum_vacuum_threshold = 500, autovacuum_analyze_scale_factor = 0.05,
            autovacuum_analyze_threshold = 500);
        """

    /// The tables, for a migration of the application. Instants are microseconds since 1970 UTC.
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
            content_type TEXT NOT NULL DEFAULT 'application/json',
            body TEXT NOT NULL,
            -- unsent, waiting (behind a parked one of its key), sent, parked, skipped
            state TEXT NOT NULL,
            -- How often it was published, and how often the broker did not want it.
            attempts INTEGER NOT NULL DEFAULT 0,
            rejections INTEGER NOT NULL DEFAULT 0,
            error TEXT,
            -- Whether others of its key may wait behind it.
            may_block INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL,
            -- When it was sent, parked or skipped.
            settled_at INTEGER,
            -- When a parked one is sent again; NULL for never.
            retry_at INTEGER
        );
        -- Each state in the order in which it is read.
        CREATE INDEX outbox_unsent ON outbox (position) WHERE state = 'unsent';
        CREATE INDEX outbox_waiting ON outbox (key, position) WHERE state = 'waiting';
        CREATE INDEX outbox_parked ON outbox (key, position) WHERE state = 'parked';
        CREATE INDEX outbox_sent ON outbox (settled_at) WHERE state = 'sent';
        CREATE INDEX outbox_retries ON outbox (retry_at) WHERE retry_at IS NOT NULL;
        CREATE INDEX outbox_by_correlation ON outbox (correlation_id);
        -- Which relay sends: one at a time.
        CREATE TABLE outbox_relays (
            slot INTEGER NOT NULL UNIQUE,
            relay TEXT NOT NULL,
            -- The process.
            holder TEXT NOT NULL,
            expires_at INTEGER NOT NULL
        );
        """
}
