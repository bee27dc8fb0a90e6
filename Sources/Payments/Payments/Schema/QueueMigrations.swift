extension Schema {
    static let queue = """
        -- Whether there are failures or interventions in its history, which are kept for good, and it with them.
        ALTER TABLE tasks ADD COLUMN is_kept INTEGER NOT NULL DEFAULT 0;
        UPDATE task_attempts SET error_class = 'worker_lost' WHERE error_class = 'lease_lapsed';
        UPDATE tasks SET is_kept = 1
            WHERE EXISTS (SELECT 1 FROM task_attempts a
                    WHERE a.task_id = tasks.task_id AND a.error_class NOT IN ('not_yet', 'not_due'))
                OR EXISTS (SELECT 1 FROM task_requeues r WHERE r.task_id = tasks.task_id);

        DROP INDEX tasks_claimable;
        DROP INDEX tasks_stuck;
        -- By kind, so that tasks of a kind nobody asks for, or that is paused, stand in nobody's way.
        CREATE INDEX tasks_claimable ON tasks (kind, due_at, task_id) WHERE state = 'ready';
        CREATE INDEX tasks_leased ON tasks (due_at, task_id) WHERE state = 'running';
        CREATE INDEX tasks_stuck ON tasks (due_at, task_id) WHERE state = 'stuck';
        CREATE INDEX tasks_canceled ON tasks (updated_at, task_id) WHERE state = 'canceled';
        -- With the state, so that counting by kind and time needs no row.
        CREATE INDEX tasks_done ON tasks (is_kept, updated_at, kind, state) WHERE state = 'done';

        ALTER TABLE task_requeues RENAME TO task_interventions;
        ALTER TABLE task_interventions ADD COLUMN action TEXT NOT NULL DEFAULT 'requeue';
        ALTER TABLE task_interventions ADD COLUMN undone_at INTEGER;
        ALTER TABLE task_interventions ADD COLUMN undone_by TEXT;
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
            order_id TEXT,
            message TEXT NOT NULL
        );
        CREATE INDEX task_staging_failures_by_age ON task_staging_failures (at);
        """

    static let endings = """
        -- By kind, so that what ended since some instant is a range, counted and listed without a look at anything else.
        DROP INDEX tasks_done;
        CREATE INDEX tasks_done ON tasks (kind, updated_at, is_kept, state) WHERE state = 'done';
        """
}
