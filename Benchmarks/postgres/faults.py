"""Two hosts stage tasks and two run them, with clocks five minutes off in both directions, while the server is killed,
restarted and frozen, connections are cut, backends terminated and workers killed. Then checks whether anything reported
as done was lost, anything was done twice, and anything reported as failed was done.

usage: faults.py BENCHMARK FOLDER [SECONDS] [SEED]
"""
import collections
import json
import os
import random
import subprocess
import sys
import time

bench, folder = sys.argv[1:3]
seconds, seed = int((sys.argv[3:] or [60])[0]), int((sys.argv[4:] or [1])[0])
chance = random.Random(seed)
here = os.path.dirname(os.path.abspath(__file__))


def start(*command):
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)


cluster = start(os.path.join(here, "../../scripts/postgres-cluster"), folder)
url = cluster.stdout.readline().split()[1]
port = next(word[5:] for word in url.replace("?", "&").split("&") if word.startswith("port="))
proxy = start("python3", os.path.join(here, "delay.py"), os.path.join(folder, f".s.PGSQL.{port}"), "0")
far = f"postgresql://postgres@127.0.0.1:{proxy.stdout.readline().strip()}/faults?sslmode=disable"
near = url.replace("/postgres?", "/faults?")


def sql(address, text):
    command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", text, address]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def tell(command):
    cluster.stdin.write(command + "\n")
    answer = cluster.stdout.readline()
    if not answer.strip().endswith("done"):
        sys.exit(f"{command}: {answer}")


sql(url, "CREATE DATABASE faults")
subprocess.run([bench, "migrate", near], check=True)
sql(near, """CREATE TABLE ledger (key text NOT NULL, is_paid bigint NOT NULL DEFAULT 0);
    CREATE INDEX ON ledger (key); CREATE TABLE effects (key text NOT NULL)""")
skews = (300, -300)
stagers = [start(bench, "stage", far, "--name", f"s{number}", "--skew", str(skew)) for number, skew in enumerate(skews)]
outcomes = {}
# The output goes to files and is read to the end after the faults.
logs = [open(os.path.join(folder, f"told-{number}"), "w+") for number in range(2)]
for number, stager in enumerate(stagers):
    stager.stdout.readline()
    subprocess.Popen(["cat"], stdin=stager.stdout, stdout=logs[number])
workers = [subprocess.Popen([bench, "serve", far, "--skew", str(skew)]) for skew in skews]
for stager in stagers:
    stager.stdin.write("go\n")


def restart(how):
    tell(how)
    time.sleep(chance.uniform(0, 1))
    tell("start")


def freeze():
    tell("freeze")
    time.sleep(chance.uniform(0.5, 4))
    tell("thaw")


def terminate():
    sql(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'faults'")


def cut():
    proxy.stdin.write("cut\n")


def kill_worker():
    number = chance.randrange(2)
    workers[number].kill()
    workers[number].wait()
    workers[number] = subprocess.Popen([bench, "serve", far, "--skew", str(skews[number])])


faults = {"killed": lambda: restart("kill"), "restarted": lambda: restart("stop"), "frozen": freeze,
          "backends terminated": terminate, "cut": cut, "worker killed": kill_worker}
happened = collections.Counter()
end = time.monotonic() + seconds
while time.monotonic() < end:
    time.sleep(chance.uniform(0.2, 1.5))
    name = chance.choice(sorted(faults))
    faults[name]()
    happened[name] += 1
for stager in stagers:
    stager.stdin.write("stop\n")
    stager.wait(120)
end = time.monotonic() + 120
while sql(near, "SELECT count(*) FROM tasks WHERE state <> 'done'") != ["0"] and time.monotonic() < end:
    time.sleep(0.2)
for worker in workers:
    worker.terminate()
    worker.wait(30)
time.sleep(0.5)
for log in logs:
    log.seek(0)
    for line in log:
        words = line.split()
        if words and words[0] == "told":
            outcomes[words[1]] = words[2]
committed = collections.Counter(sql(near, "SELECT key FROM ledger"))
effects = collections.Counter(sql(near, "SELECT key FROM effects"))
result = {
    "told": collections.Counter(outcomes.values()), "faults": happened,
    "unfinished": int(sql(near, "SELECT count(*) FROM tasks WHERE state <> 'done'")[0]),
    "lost": sum(outcome == "done" and not (committed[key] and effects[key]) for key, outcome in outcomes.items())
    + sum(not effects[key] for key in committed),
    "doubled": sum(count > 1 for count in committed.values()) + sum(count > 1 for count in effects.values()),
    "unknown told as failed": sum(outcome == "failed" and committed[key] > 0 for key, outcome in outcomes.items()),
}
cluster.stdin.close()
proxy.stdin.close()
cluster.wait()
print(json.dumps(result), flush=True)
sys.exit(any(result[name] for name in ("unfinished", "lost", "doubled", "unknown told as failed")) or not committed)
