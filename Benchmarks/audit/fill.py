#!/usr/bin/env python3
"""Fills a migrated store with paid orders and writes the ledger that a cashback service would have of them.

    fill.py STORE LEDGER [--orders N] [--broken N] [--shuffled] [--seed N]

Every tenth order has a refund and its clawback. The first --broken orders have nothing in the ledger. --shuffled writes
the ledger's rows in no order at all. LEDGER ends in .csv or .jsonl.
"""

import argparse
import datetime
import json
import random
import sqlite3

MICROSECONDS = 1_000_000
START = 1_767_225_600 * MICROSECONDS  # 2026-01-01T00:00:00Z
AMOUNT, REFUND = 124_000, 19_000  # kopecks; 30% of it is cashback
COLUMNS = ["id", "key", "order_id", "uid", "kind", "currency", "amount", "at"]


def orders(count: int, draw: random.Random):
    for number in range(count):
        created = START + number * MICROSECONDS // 2
        # As qrpay makes them: rising with time, and random behind.
        order_id = f"{created // 1000:012x}{draw.getrandbits(80):020x}"
        yield order_id, number, REFUND if number % 10 == 0 else 0, created


def entries(order_id: str, number: int, refunded: int, created: int):
    at = datetime.datetime.fromtimestamp(created / MICROSECONDS + 60, datetime.timezone.utc)
    time = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for step, (kind, kopecks) in enumerate([("accrual", AMOUNT * 3 // 10), ("clawback", refunded * 3 // 10)], 1):
        if kopecks:
            key = f"{order_id}-{step}"
            yield f"cb-{key}", key, order_id, f"guest-{number}", kind, "RUB", f"{kopecks / 100:.2f}", time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store")
    parser.add_argument("ledger")
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--broken", type=int, default=100)
    parser.add_argument("--shuffled", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    every = list(orders(options.orders, draw))
    store = sqlite3.connect(options.store, isolation_level=None)
    store.execute("PRAGMA synchronous = OFF")
    store.execute("BEGIN IMMEDIATE")
    store.execute("DELETE FROM orders")
    store.executemany(
        """INSERT INTO orders (order_id, client_id, internal_order_id, bill_version, status, currency, amount, taken,
               refunded, uid, eda_order_id, operation, began_at, cashback_rule_id, cashback_percent, created_at,
               updated_at, expires_at)
           VALUES (?1, 'cafe', 'b-' || ?2, 1, 'CLEARED', 'RUB', ?5, ?5, ?3, 'guest-' || ?2, ?1, 2, ?4, 'rule', '30', ?4,
               ?4, ?4)""",
        ((*order, AMOUNT) for order in every))
    store.execute("COMMIT")
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    rows = [row for order in every[options.broken:] for row in entries(*order)]
    if options.shuffled:
        draw.shuffle(rows)
    is_csv = options.ledger.endswith(".csv")
    with open(options.ledger, "w") as file:
        if is_csv:
            print(",".join(COLUMNS), file=file)
        for row in rows:
            print(",".join(row) if is_csv else json.dumps(dict(zip(COLUMNS, row))), file=file)


if __name__ == "__main__":
    main()
