"""consume.py URL COUNT DATABASE: receives COUNT messages with pika, keeps each in SQLite with one synced commit, and
acknowledges it. Prints messages a second."""
import sqlite3
import sys
import time

import pika

url, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
database = sqlite3.connect(path, isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")
database.execute("CREATE TABLE inbox (id TEXT PRIMARY KEY, type TEXT, key TEXT, body TEXT)")
parameters = pika.URLParameters(url.replace("guest@", "guest:guest@"))
channel = pika.BlockingConnection(parameters).channel()
channel.basic_qos(prefetch_count=500)
begin = time.perf_counter()
received = 0
for method, properties, body in channel.consume("bench"):
    key = (properties.headers or {}).get("key", "")
    database.execute(
        "INSERT OR IGNORE INTO inbox VALUES (?, ?, ?, ?)", (properties.message_id, properties.type, key, body.decode()))
    channel.basic_ack(method.delivery_tag)
    received += 1
    if received == count:
        break
print(f"pika into SQLite, a commit each\t{count / (time.perf_counter() - begin):.1f}\tmessages/s")
channel.cancel()
channel.connection.close()
