extension Schema {
    static let serving = """
        CREATE TABLE restaurant_keys (
            client_id TEXT NOT NULL REFERENCES restaurants,
            -- From 1 within the restaurant.
            number INTEGER NOT NULL,
            -- SHA-256 of the secret, which is kept nowhere.
            digest BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            ended_at INTEGER,
            PRIMARY KEY (client_id, number)
        );
        CREATE TABLE order_views (
            order_id TEXT PRIMARY KEY REFERENCES orders,
            viewed_at INTEGER NOT NULL
        );
        CREATE TABLE request_keys (
            -- Whose keys they are: keys of two senders never meet.
            scope TEXT NOT NULL,
            key TEXT NOT NULL,
            digest BLOB NOT NULL,
            order_id TEXT NOT NULL REFERENCES orders,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (scope, key)
        );
        CREATE INDEX cashback_entries_open ON cashback_entries (created_at) WHERE is_posted = 0;
        CREATE INDEX operations_by_outcome ON operations (kind, status);
        """

    static let standings = """
        -- All that a restaurant's poll asks for, its orders side by side.
        CREATE INDEX orders_standing ON orders (client_id, order_id, status);
        CREATE INDEX request_keys_by_age ON request_keys (created_at);
        """
}
