"""Medians of lines of: who TAB what TAB per second, and each as a ratio to bare SQLite and to the best peer."""
import statistics
import sys

rates = {}
for line in sys.stdin:
    who, what, rate = line.rstrip("\n").split("\t")
    rates.setdefault(what, {}).setdefault(who, []).append(float(rate))
for what, by_who in rates.items():
    medians = {who: statistics.median(values) for who, values in by_who.items()}
    best = max(rate for who, rate in medians.items() if who not in ("qrpay", "bare sqlite3"))
    for who, rate in medians.items():
        rounds = by_who[who]
        print(f"{who}\t{what}\t{rate:.0f} ({min(rounds):.0f} to {max(rounds):.0f} in {len(rounds)} rounds)"
              f"\t{rate / medians['bare sqlite3']:.2f} of bare\t{rate / best:.2f} of the best peer")
