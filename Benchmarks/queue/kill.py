"""Workers killed at random: is any task lost, does any effect happen twice, does anybody find the store locked?

Four `qrpay work` processes share one store with many unpaid orders whose time is over; each order has a task that
expires it. Until all are done, workers are killed with SIGKILL at random moments and others started in their place.
The effect of a task is a journal entry of its order, so that one missing is a task lost, and two are one done twice.

usage: kill.py QRPAY [ORDERS] [SEED]
"""
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

qrpay, orders, seed = sys.argv[1], int((sys.argv[2:] or [20_000])[0]), int((sys.argv[3:] or [1])[0])
chance = random.Random(seed)
directory = tempfile.TemporaryDirectory(dir="/var/tmp")
store = os.path.join(directory.name, "qrpay.db")
config = os.path.join(directory.name, "config.json")
with open(config, "w") as file:
    # A task that lost its worker twice in a row backs off: not for long here.
    file.write('{"tasks": {"order_expire": {"base_seconds": 0.1, "cap_seconds": 0.5}}}')
environment = {
    "HOME": directory.name, "PATH": os.environ["PATH"], "QRPAY_STORE": store, "QRPAY_CONFIG": config,
}


def fill():
    subprocess.run(
        [qrpay, "restaurant", "add", "cafe", "--name", "Cafe", "--cashback", "5"], env=environment, check=True,
        stdout=subprocess.DEVNULL)
    connection = sqlite3.connect(store)
    now = time.time_ns() // 1000
    with connection:
        for number in range(orders):
            order = f"order-{number}"
            connection.execute(
                """INSERT INTO orders (order_id, client_id, internal_order_id, bill_version, status, currency, amount,
                taken, refunded, operation, created_at, updated_at, expires_at)
                VALUES (?, 'cafe', ?, 1, 'PENDING', 'RUB', 12000, 0, 0, 0, ?, ?, ?)""",
                (order, order, now, now, now))
            connection.execute(
                """INSERT INTO tasks (kind, key, payload, order_id, client_id, state, due_at, created_at, updated_at)
                VALUES ('order.expire', ?, '{}', ?, 'cafe', 'ready', ?, ?, ?)""", (order, order, now, now, now))
    connection.close()


def start():
    log = open(os.path.join(directory.name, f"log-{time.time_ns()}"), "w")
    return subprocess.Popen([qrpay, "work", "--concurrency", "16"], env=environment, stdout=log, stderr=log)


def left():
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return connection.execute("SELECT COUNT(*) FROM tasks WHERE state IN ('ready', 'running')").fetchone()[0]
    finally:
        connection.close()


fill()
began = time.perf_counter()
workers, kills = [start() for _ in range(4)], 0
while left() > 0 and time.perf_counter() - began < 200:
    time.sleep(chance.uniform(0.02, 0.3))
    victim = chance.randrange(len(workers))
    workers[victim].send_signal(signal.SIGKILL)
    workers[victim].wait()
    kills += 1
    workers[victim] = start()
seconds = time.perf_counter() - began
for worker in workers:
    worker.send_signal(signal.SIGTERM)
statuses = [worker.wait(30) for worker in workers]
connection = sqlite3.connect(store)
count = lambda sql: connection.execute(sql).fetchone()[0]
logs = [open(entry.path).read() for entry in os.scandir(directory.name) if entry.name.startswith("log-")]
result = {
    "tasks": orders, "kills": kills, "seconds": round(seconds, 1),
    "lost": count("SELECT COUNT(*) FROM tasks WHERE state <> 'done'")
    + count("SELECT COUNT(*) FROM orders WHERE status <> 'EXPIRED'"),
    "effects_twice": count(
        "SELECT COUNT(*) FROM (SELECT 1 FROM journal WHERE event = 'expired' GROUP BY order_id HAVING COUNT(*) > 1)"),
    "effects": count("SELECT COUNT(*) FROM journal WHERE event = 'expired'"),
    "worker_lost": count("SELECT COUNT(*) FROM task_attempts WHERE error_class = 'worker_lost'"),
    "locked": sum(log.count("locked") for log in logs), "exit_statuses": statuses,
    "integrity": count("PRAGMA integrity_check"),
}
print(json.dumps(result))
healthy = result["lost"] == result["effects_twice"] == result["locked"] == 0 and result["effects"] == orders
sys.exit(0 if healthy and result["integrity"] == "ok" else 1)
