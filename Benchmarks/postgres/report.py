"""report.py: reads lines of who TAB what TAB figure, and prints the median of each and the ratios that have a goal.
Other lines are printed unchanged."""
import statistics
import sys

ENGINE = [(f"engine {what}, clients {clients}", 0.85) for what, clients in
          [("enqueue", 1), ("enqueue", 8), ("claim", 1), ("claim", 8), ("lookup", 1), ("lookup", 8), ("batch", 1)]]
ENQUEUE = [f"enqueue, clients {clients}" for clients in (1, 8, 32)]
CLAIM = [f"claim and finish, workers {workers}" for workers in (1, 8)]
PAY = [f"payments, users {users}" for users in (1, 8)]
# Our figure, its reference, and the goal: at least that ratio, or less than its absolute value if negative; None: no
# goal.
GOALS = [(("qrpay", what), ("C", what), goal) for what, goal in ENGINE]
GOALS += [(("qrpay", ENQUEUE[place]), ("SQLite", ENQUEUE[0]), goal) for place, goal in ((0, None), (1, 4), (2, 6))]
GOALS += [(("qrpay", what), ("SQLite", what), None) for what in ENQUEUE[1:]]
GOALS += [(("qrpay", what), (peer, what), 5) for what in ENQUEUE[1:] for peer in ("procrastinate", "pgqueuer")]
GOALS += [(("qrpay", CLAIM[0]), ("SQLite", CLAIM[0]), None), (("qrpay", CLAIM[1]), ("SQLite", CLAIM[1]), 1.5),
          (("qrpay", CLAIM[1]), ("SQLite", CLAIM[0]), None)]
for processes, goal in ((1, 2), (4, 4)):
    ours = ("qrpay", f"jobs that do nothing, processes {processes}")
    GOALS += [(ours, ("pgqueuer, batches of 500", "jobs that do nothing, processes 1"), goal),
              (ours, ("pgqueuer, batches of 500", ours[1]), None), (ours, ("pgqueuer, batches of 10", ours[1]), None)]
GOALS += [
    (("qrpay", "claim and finish, depth 500000"), ("qrpay", "claim and finish, depth 1000"), 0.85),
    (("after", "claim and finish under a snapshot"), ("before", "claim and finish under a snapshot"), -1.5),
    (("1 ms away", "1,000 finishes, ms"), ("socket", "1,000 finishes, ms"), -2),
    (("qrpay", PAY[0]), ("SQLite", PAY[0]), None), (("qrpay", PAY[1]), ("SQLite", PAY[1]), 2)]
# Figures with an absolute limit.
LIMITS = {("qrpay", "retries, % of 200 payments"): 5, ("p50", "wake-up on another host, ms"): 100}

figures = {}
for line in sys.stdin:
    try:
        who, what, figure = line.rstrip("\n").split("\t")
        figures.setdefault((who, what), []).append(float(figure))
    except ValueError:
        print(line, end="", flush=True)
medians = {key: statistics.median(values) for key, values in figures.items()}
for (who, what), values in figures.items():
    limit = LIMITS.get((who, what))
    verdict = "" if limit is None else f"\tgoal < {limit}: {'met' if medians[who, what] < limit else 'MISSED'}"
    print(f"{what}\t{who}\t{medians[who, what]:g} ({min(values):g} to {max(values):g} in {len(values)}){verdict}")
for ours, theirs, goal in GOALS:
    if ours not in medians or theirs not in medians:
        continue
    ratio = medians[ours] / medians[theirs]
    verdict = ""
    if goal is not None:
        isMet = ratio >= goal if goal > 0 else ratio < -goal
        verdict = f"\tgoal {'at least' if goal > 0 else 'less than'} {abs(goal)}: {'met' if isMet else 'MISSED'}"
    beside = theirs[0] if ours[1] == theirs[1] else f"{theirs[0]}, {theirs[1]}"
    print(f"{ours[1]}\t{ours[0]} {medians[ours]:g} beside {beside} {medians[theirs]:g}\t{ratio:.2f} times{verdict}")
