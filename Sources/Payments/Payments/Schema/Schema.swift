import JSONKit
import MessagingKit
import QueueKit
package import SQLKit

/// The store's tables. Released migrations are never edited; a change is a new migration at the end.
package enum Schema {
    package static let migrations: [SQLMigration] = [
        SQLMigration(
            version: 1, name: "orders, payments, tasks and receipts", sql: initial,
            serverSQL: QueueSchema.serverSettings + SQLGuards.table),
        SQLMigration(version: 2, name: "amounts of reports", sql: amountsOfReports),
        SQLMigration(version: 3, name: "sellers of documents", sql: sellersOfDocuments),
        SQLMigration(version: 4, name: "keys of the API, views of orders", sql: serving),
        SQLMigration(version: 5, name: "leases, pauses and interventions of the queue", sql: queue),
        SQLMigration(version: 6, name: "standings of a restaurant's orders, age of request keys", sql: standings),
        SQLMigration(version: 7, name: "done tasks by kind and end", sql: endings),
        SQLMigration(version: 8, name: "corrections of cashback", sql: correctionsOfCashback),
        SQLMigration(version: 9, name: "prepayments of bills", sql: prepayments),
        SQLMigration(version: 10, name: "events of payments", sql: Outbox.table, serverSQL: Outbox.serverSettings),
        SQLMigration(version: 11, name: "marks and keys of the store", sql: StoreMarks.tables),
    ]

    // Instants are microseconds since 1970 UTC, amounts minor units, details and lines JSON text.
    private static let initial = """
        CREATE TABLE restaurants (
            client_id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            zone TEXT,
            created_at INTEGER NOT NULL
        );
        CREATE TABLE cashback_rules (
            rule_id TEXT PRIMARY KEY,
            client_id TEXT,
            percent TEXT NOT NULL,
            currency TEXT,
            minimum_bill INTEGER,
            cap INTEGER,
            valid_from INTEGER NOT NULL,
            valid_until INTEGER
        );
        CREATE INDEX cashback_rules_by_client ON cashback_rules (client_id, valid_from);

        CREATE TABLE orders (
            order_id TEXT PRIMARY KEY,
            client_id TEXT NOT NULL,
            internal_order_id TEXT NOT NULL,
            bill_version INTEGER NOT NULL,
            status TEXT NOT NULL,
            currency TEXT NOT NULL,
            amount INTEGER NOT NULL CHECK (amount > 0),
            taken INTEGER NOT NULL CHECK (taken BETWEEN 0 AND amount),
            refunded INTEGER NOT NULL CHECK (refunded BETWEEN 0 AND taken),
            uid TEXT,
            payment_method_id TEXT,
            eda_order_id TEXT,
            operation INTEGER NOT NULL,
            began_at INTEGER,
            cashback_rule_id TEXT,
            cashback_percent TEXT,
            cashback_cap INTEGER,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            UNIQUE (client_id, internal_order_id)
        );
        CREATE INDEX orders_by_age ON orders (created_at);
        CREATE INDEX orders_by_status ON orders (status, created_at);
        CREATE TABLE bills (
            order_id TEXT NOT NULL REFERENCES orders,
            version INTEGER NOT NULL,
            amount INTEGER NOT NULL,
            lines TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (order_id, version)
        );

        CREATE TABLE operations (
            invoice_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            order_id TEXT NOT NULL REFERENCES orders,
            uid TEXT NOT NULL,
            kind TEXT NOT NULL,
            amount INTEGER NOT NULL,
            status TEXT NOT NULL,
            reason TEXT,
            lines TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (invoice_id, number)
        );
        CREATE INDEX operations_by_order ON operations (order_id);
        CREATE TABLE callbacks (
            invoice_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            kind TEXT NOT NULL,
            status TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            deliveries INTEGER NOT NULL DEFAULT 1,
            effect TEXT NOT NULL,
            PRIMARY KEY (invoice_id, number, kind, status)
        );
        CREATE TABLE journal (
            entry_id INTEGER PRIMARY KEY,
            order_id TEXT NOT NULL,
            at INTEGER NOT NULL,
            event TEXT NOT NULL,
            from_status TEXT,
            to_status TEXT,
            actor TEXT NOT NULL,
            detail TEXT NOT NULL
        );
        CREATE INDEX journal_by_order ON journal (order_id, entry_id);

        CREATE TABLE documents (
            order_id TEXT NOT NULL REFERENCES orders,
            document_id TEXT NOT NULL,
            invoice_id TEXT NOT NULL,
            version INTEGER NOT NULL,
            operation INTEGER NOT NULL,
            kind TEXT NOT NULL,
            amount INTEGER NOT NULL,
            lines TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (order_id, document_id),
            UNIQUE (invoice_id, version)
        );
        CREATE TABLE receipts (
            order_id TEXT NOT NULL REFERENCES orders,
            document_id TEXT NOT NULL,
            type TEXT NOT NULL,
            cost INTEGER NOT NULL,
            key TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (order_id, document_id)
        );
        CREATE INDEX receipts_by_age ON receipts (created_at);

        CREATE TABLE cashback_entries (
            order_id TEXT NOT NULL REFERENCES orders,
            number INTEGER NOT NULL,
            uid TEXT NOT NULL,
            kind TEXT NOT NULL,
            amount INTEGER NOT NULL CHECK (amount > 0),
            is_posted INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (order_id, number)
        );

        CREATE TABLE tasks (
            task_id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            payload TEXT NOT NULL,
            order_id TEXT,
            client_id TEXT,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            polls INTEGER NOT NULL DEFAULT 0,
            -- When a waiting task may be claimed; for a leased one, when its lease lapses.
            due_at INTEGER NOT NULL,
            leased_by TEXT,
            fence INTEGER NOT NULL DEFAULT 0,
            error_class TEXT,
            error_message TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            UNIQUE (kind, key)
        );
        -- The claimable tasks, oldest due first, however many finished ones there are.
        CREATE INDEX tasks_claimable ON tasks (due_at, task_id) WHERE state IN ('ready', 'running');
        CREATE INDEX tasks_by_order ON tasks (order_id) WHERE order_id IS NOT NULL;
        CREATE INDEX tasks_stuck ON tasks (updated_at) WHERE state = 'stuck';
        CREATE TABLE task_attempts (
            task_id INTEGER NOT NULL REFERENCES tasks,
            attempt INTEGER NOT NULL,
            at INTEGER NOT NULL,
            worker TEXT NOT NULL,
            error_class TEXT NOT NULL,
            message TEXT NOT NULL
        );
        CREATE INDEX task_attempts_by_task ON task_attempts (task_id, attempt);
        CREATE TABLE task_requeues (
            batch TEXT NOT NULL,
            task_id INTEGER NOT NULL REFERENCES tasks,
            at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            reason TEXT NOT NULL,
            before TEXT NOT NULL,
            after TEXT NOT NULL,
            PRIMARY KEY (batch, task_id)
        );
        """

    // Reports refused for their amount are not migrated: they would be taken for the correct report.
    private static let amountsOfReports = """
        CREATE TABLE reports (
            invoice_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            kind TEXT NOT NULL,
            status TEXT NOT NULL,
            amount INTEGER NOT NULL,
            currency TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            deliveries INTEGER NOT NULL DEFAULT 1,
            effect TEXT NOT NULL,
            PRIMARY KEY (invoice_id, number, kind, status, amount, currency)
        );
        INSERT INTO reports (invoice_id, number, kind, status, amount, currency, received_at, deliveries, effect)
            SELECT c.invoice_id, c.number, c.kind, c.status, o.amount, orders.currency, c.received_at, c.deliveries,
                c.effect
            FROM callbacks c JOIN operations o ON o.invoice_id = c.invoice_id AND o.number = c.number
                JOIN orders ON orders.order_id = o.order_id
            WHERE c.effect <> 'other_kind_or_amount';
        DROP TABLE callbacks;
        ALTER TABLE reports RENAME TO callbacks;
        """

    private static let sellersOfDocuments = """
        ALTER TABLE documents ADD COLUMN seller TEXT NOT NULL DEFAULT '';
        UPDATE documents SET seller = COALESCE(
            (SELECT r.name FROM orders o JOIN restaurants r ON r.client_id = o.client_id
                WHERE o.order_id = documents.order_id),
            (SELECT o.client_id FROM orders o WHERE o.order_id = documents.order_id));
        """

    // Corrections of the ledger do not count towards the cashback requested by the order's own changes.
    private static let correctionsOfCashback = """
        ALTER TABLE cashback_entries ADD COLUMN is_correction INTEGER NOT NULL DEFAULT 0;
        """

    // Paid at the restaurant, in addition to the amount requested here.
    private static let prepayments = """
        ALTER TABLE orders ADD COLUMN prepaid INTEGER NOT NULL DEFAULT 0 CHECK (prepaid >= 0);
        ALTER TABLE bills ADD COLUMN prepaid INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE documents ADD COLUMN prepaid INTEGER NOT NULL DEFAULT 0;
        """
}
