package import SQLKit

extension QueueSchema {
    /// The queue's tables and indexes, for a new database.
    ///
    /// An application with migrations of its own makes the same ones step by step. Instants are microseconds since 1970
    /// UTC.
    package var migration: SQLMigration {
        var indexes = selective.filter { $0 != sequence }.map {
            "CREATE INDEX tasks_by_\($0.name) ON tasks (\($0.name)) WHERE \($0.name) IS NOT NULL;\n"
        }
        if let sequence {
            indexes.append(
                """
                CREATE INDEX tasks_by_\(sequence.name) ON tasks (\(sequence.name), state, task_id)
                    WHERE \(sequence.name) IS NOT NULL;
                CREATE INDEX tasks_waiting ON tasks (kind, due_at, task_id) WHERE state = 'waiting';
                """)
        }
        return SQLMigration(
            version: 1, name: "queue",
            sql: """
                CREATE TABLE tasks (
                    task_id INTEGER PRIMARY KEY,
                    kind TEXT NOT NULL,
                    key TEXT NOT NULL,
                    payload TEXT NOT NULL,
                    \(columns(tags))state TEXT NOT NULL,
                    attempts INTEGER NOT NULL DEFAULT 0,
                    polls INTEGER NOT NULL DEFAULT 0,
                    -- When a waiting task may be claimed; for a leased one, when its lease expires.
                    due_at INTEGER NOT NULL,
                    leased_by TEXT,
                    fence INTEGER NOT NULL DEFAULT 0,
                    error_class TEXT,
                    error_message TEXT,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    -- Whether there are failures or interventions in its history, which keep it permanently.
                    is_kept INTEGER NOT NULL DEFAULT 0,
                    UNIQUE (kind, key)
                );
                -- One index per state, in the order in which its tasks are taken or listed.
                CREATE INDEX tasks_claimable ON tasks (kind, due_at, task_id) WHERE state = 'ready';
                CREATE INDEX tasks_leased ON tasks (due_at, task_id) WHERE state = 'running';
                CREATE INDEX tasks_stuck ON tasks (due_at, task_id) WHERE state = 'stuck';
                CREATE INDEX tasks_canceled ON tasks (updated_at, task_id) WHERE state = 'canceled';
                CREATE INDEX tasks_done ON tasks (kind, updated_at, is_kept, state) WHERE state = 'done';
                \(indexes.joined())
                CREATE TABLE task_attempts (
                    task_id INTEGER NOT NULL REFERENCES tasks,
                    attempt INTEGER NOT NULL,
                    at INTEGER NOT NULL,
                    worker TEXT NOT NULL,
                    error_class TEXT NOT NULL,
                    message TEXT NOT NULL
                );
                CREATE INDEX task_attempts_by_task ON task_attempts (task_id, attempt);
                CREATE TABLE task_interventions (
                    batch TEXT NOT NULL,
                    task_id INTEGER NOT NULL REFERENCES tasks,
                    at INTEGER NOT NULL,
                    actor TEXT NOT NULL,
                    reason TEXT NOT NULL,
                    before TEXT NOT NULL,
                    after TEXT NOT NULL,
                    action TEXT NOT NULL DEFAULT 'requeue',
                    undone_at INTEGER,
                    undone_by TEXT,
                    PRIMARY KEY (batch, task_id)
                );
                CREATE INDEX task_interventions_by_task ON task_interventions (task_id, at);
                CREATE TABLE task_pauses (
                    pause_id INTEGER PRIMARY KEY,
                    kind TEXT NOT NULL,
                    paused_at INTEGER NOT NULL,
                    paused_by TEXT NOT NULL,
                    reason TEXT NOT NULL,
                    resumed_at INTEGER,
                    resumed_by TEXT
                );
                CREATE UNIQUE INDEX task_pauses_in_force ON task_pauses (kind) WHERE resumed_at IS NULL;
                CREATE TABLE task_staging_failures (
                    failure_id INTEGER PRIMARY KEY,
                    at INTEGER NOT NULL,
                    kind TEXT NOT NULL,
                    key TEXT NOT NULL,
                    \(columns(selective))message TEXT NOT NULL
                );
                CREATE INDEX task_staging_failures_by_age ON task_staging_failures (at);
                """,
            serverSQL: Self.serverSettings + SQLGuards.table)
    }

    /// Tasks change often: pages leave space for new row versions (HOT updates), and vacuum runs early.
    package static let serverSettings = """
        ALTER TABLE tasks SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01,
            autovacuum_vacuum_threshold = 500, autovacuum_analyze_scale_factor = 0.02,
            autovacuum_analyze_threshold = 500, autovacuum_vacuum_cost_delay = 0);
        """

    private func columns(_ tags: [TaskTag]) -> String { tags.map { "\($0.name) TEXT,\n    " }.joined() }
}
