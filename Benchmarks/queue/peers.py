"""The same jobs done by other durable queues on SQLite, and by bare SQLite. Prints: who TAB what TAB per second.

Each is set to sync every commit to disk (synchronous=FULL), on a file in the directory named
after an empty store of qrpay.
"""
import os
import sqlite3
import sys
import time

schema, directory, singles = sys.argv[1], sys.argv[2], int(sys.argv[3])


def rate(who, what, count, body):
    start = time.perf_counter()
    body()
    print(f"{who}\t{what}\t{count / (time.perf_counter() - start):.0f}", flush=True)


def path(name):
    return os.path.join(directory, name)


def huey():
    from huey import SqliteHuey

    queue = SqliteHuey(filename=path("huey.db"), fsync=True, results=False)

    @queue.task()
    def nothing(number):
        return None

    rate("huey", "enqueue", singles, lambda: [nothing(n) for n in range(singles)])

    def consume():
        for _ in range(singles):
            queue.execute(queue.dequeue())

    rate("huey", "claim and finish", singles, consume)


def litequeue():
    from litequeue import LiteQueue

    queue = LiteQueue(path("litequeue.db"))
    queue.conn.execute("PRAGMA synchronous = FULL")
    rate("litequeue", "enqueue", singles, lambda: [queue.put(f"task {n}") for n in range(singles)])

    def consume():
        for _ in range(singles):
            queue.done(queue.pop().message_id)

    rate("litequeue", "claim and finish", singles, consume)


def persist_queue():
    from persistqueue import SQLiteAckQueue

    queue = SQLiteAckQueue(path("persist-queue"), auto_commit=True)
    queue._conn.execute("PRAGMA synchronous = FULL")
    rate("persist-queue", "enqueue", singles, lambda: [queue.put(f"task {n}") for n in range(singles)])

    def consume():
        for _ in range(singles):
            queue.ack(queue.get())

    rate("persist-queue", "claim and finish", singles, consume)


def bare():
    """What the queue's own statements cost SQLite without anything around them, in a copy of its schema."""
    import shutil

    shutil.copy(schema, path("bare.db"))
    connection = sqlite3.connect(path("bare.db"), isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    kinds = ["payment.settle", "cashback.accrue", "receipt.fetch", "order.expire"]
    insert = """INSERT INTO tasks (kind, key, payload, order_id, client_id, state, due_at, created_at, updated_at)
        VALUES (?, ?, ?, ?, ?, 'ready', ?, ?, ?) ON CONFLICT (kind, key) DO NOTHING"""

    def row(n):
        key = f"document-{n}-1"
        now = time.time_ns() // 1000
        return (kinds[n % 4], key, '{"document_id":"%s"}' % key, f"order-{n}", f"cafe-{n % 100}",
                1_700_000_000_000_000 + n, now, now)

    def enqueue():
        for n in range(singles):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(insert, row(n))
            connection.execute("COMMIT")

    rate("bare sqlite3", "enqueue", singles, enqueue)
    oldest = """SELECT task_id, due_at FROM tasks WHERE state = 'ready' AND kind = ? AND due_at <= ?
        ORDER BY due_at, task_id LIMIT 1"""

    def consume():
        for _ in range(singles):
            now = time.time_ns() // 1000
            connection.execute("BEGIN IMMEDIATE")
            found = [row for kind in kinds for row in connection.execute(oldest, (kind, now))]
            task_id = min(found, key=lambda row: row[::-1])[0]
            task = connection.execute("SELECT * FROM tasks WHERE task_id = ?", (task_id,)).fetchone()
            connection.execute(
                """UPDATE tasks SET state = 'running', leased_by = 'bare', due_at = ?, fence = fence + 1,
                attempts = attempts + 1, updated_at = ? WHERE task_id = ?""", (now + 30_000_000, now, task[0]))
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                """UPDATE tasks SET state = 'done', leased_by = NULL, updated_at = ?
                WHERE task_id = ? AND fence = ? AND state = 'running'""", (now, task[0], task[11] + 1))
            connection.execute("COMMIT")

    rate("bare sqlite3", "claim and finish", singles, consume)


for peer in [huey, litequeue, persist_queue, bare]:
    peer()
