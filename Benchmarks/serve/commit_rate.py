#!/usr/bin/env python3
"""How many durable one-row commits a second this disk and SQLite make: the measure of POST /orders.

    commit_rate.py DIRECTORY [SECONDS]
"""

import os
import sqlite3
import sys
import time

path = os.path.join(sys.argv[1], "commits.db")
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 3
store = sqlite3.connect(path, isolation_level=None)
store.execute("PRAGMA journal_mode = WAL")
store.execute("PRAGMA synchronous = FULL")
store.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
count, end, began = 0, time.monotonic() + seconds, time.monotonic()
while time.monotonic() < end:
    store.execute("INSERT INTO rows (text) VALUES ('one row')")
    count += 1
print(f"{count / (time.monotonic() - began):.0f} commits/s")
store.close()
for suffix in ("", "-wal", "-shm"):
    if os.path.exists(path + suffix):
        os.remove(path + suffix)
