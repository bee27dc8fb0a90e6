#!/usr/bin/env python3
"""Fills a migrated store with restaurants, their keys and their orders, quickly and through SQL.

    fill_store.py STORE QUESTIONS [--orders N] [--restaurants N] [--seed N]

STORE is a store that qrpay has made (`qrpay restaurant list` makes one). QUESTIONS gets a line for every question that
the clients of the benchmarks ask: a restaurant's API key, its client_id and ten of its order ids, separated by blanks.
One order in twenty waits for its guest, with the task that will close it; the others have expired.
"""

import argparse
import hashlib
import random
import sqlite3
import time

IDS_PER_QUESTION = 10
SECONDS_PER_ORDER = 0.6
MICROSECONDS = 1_000_000
LINES = '[{"amount":35000,"name":"Сырники"},{"amount":21000,"name":"Капучино"}]'
SECRET = hashlib.sha256(b"a benchmark's secret").hexdigest()


def restaurant(number: int) -> str:
    return f"cafe-{number:05}"


def fill(store: sqlite3.Connection, order_count: int, restaurant_count: int, draw: random.Random) -> list[list[str]]:
    """Writes everything in one transaction; returns each restaurant's order ids."""
    now = int(time.time() * MICROSECONDS)
    digest = hashlib.sha256(SECRET.encode()).digest()
    names = [restaurant(number) for number in range(restaurant_count)]
    store.executemany(
        "INSERT INTO restaurants (client_id, name, zone, created_at) VALUES (?, ?, 'moscow', ?)",
        ((name, f"Кафе {name}", now) for name in names))
    store.executemany(
        "INSERT INTO restaurant_keys (client_id, number, digest, created_at) VALUES (?, 1, ?, ?)",
        ((name, digest, now) for name in names))
    store.execute(
        "INSERT INTO cashback_rules (rule_id, client_id, percent, valid_from) VALUES ('everywhere', NULL, '10', ?)",
        (now,))
    ids: list[list[str]] = [[] for _ in names]
    rows = []
    for number in range(order_count):
        owner = draw.randrange(restaurant_count)
        order_id = f"{draw.getrandbits(128):032x}"
        ids[owner].append(order_id)
        is_waiting = number % 20 == 0
        created = now - int((order_count - number) * SECONDS_PER_ORDER * MICROSECONDS)
        expires = now + 7200 * MICROSECONDS if is_waiting else created + 7200 * MICROSECONDS
        status = "PENDING" if is_waiting else "EXPIRED"
        rows.append((order_id, names[owner], f"iiko-{number}", status, created, expires))
    store.executemany(
        """INSERT INTO orders (order_id, client_id, internal_order_id, bill_version, status, currency, amount, taken,
               refunded, operation, created_at, updated_at, expires_at)
           VALUES (?1, ?2, ?3, 1, ?4, 'RUB', 56000, 0, 0, 0, ?5, ?5, ?6)""", rows)
    store.executemany(
        "INSERT INTO bills (order_id, version, amount, lines, created_at) VALUES (?, 1, 56000, ?, ?)",
        ((row[0], LINES, row[4]) for row in rows))
    store.executemany(
        """INSERT INTO journal (order_id, at, event, from_status, to_status, actor, detail)
           VALUES (?, ?, ?, ?, ?, ?, '{}')""",
        (entry for row in rows for entry in journal(row)))
    store.executemany(
        """INSERT INTO tasks (kind, key, payload, order_id, client_id, state, due_at, created_at, updated_at)
           VALUES ('order.expire', ?1, '{}', ?1, ?2, ?4, ?6, ?5, ?5)""",
        ((*row[:3], "ready" if row[3] == "PENDING" else "done", *row[4:]) for row in rows))
    return ids


def journal(row: tuple):
    order_id, _, _, status, created, expires = row
    yield order_id, created, "created", None, "PENDING", "iiko"
    if status == "EXPIRED":
        yield order_id, expires, "expired", "PENDING", "EXPIRED", "worker"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store")
    parser.add_argument("questions")
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--restaurants", type=int, default=10_000)
    parser.add_argument("--lines", type=int, default=20_000, help="how many questions to write")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    store = sqlite3.connect(options.store, isolation_level=None)
    store.execute("PRAGMA synchronous = OFF")
    store.execute("PRAGMA cache_size = -1000000")
    store.execute("BEGIN IMMEDIATE")
    ids = fill(store, options.orders, options.restaurants, draw)
    store.execute("COMMIT")
    store.execute("ANALYZE")
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    with open(options.questions, "w") as file:
        for _ in range(options.lines):
            owner = draw.randrange(options.restaurants)
            asked = draw.sample(ids[owner], min(IDS_PER_QUESTION, len(ids[owner])))
            print(f"{restaurant(owner)}.1.{SECRET}", restaurant(owner), *asked, file=file)


if __name__ == "__main__":
    main()
