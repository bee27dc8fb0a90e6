"""processes.py WHO WHAT NUMBER COMMAND…: starts NUMBER processes of a command, signals them to begin together once each
has printed 'ready', and prints WHO TAB WHAT TAB the jobs per second from then until the last one has ended."""
import subprocess
import sys
import time

who, what, number, *command = sys.argv[1:]
processes = [
    subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(int(number))]
for process in processes:
    while (line := process.stdout.readline()).strip() != "ready":
        if not line:
            sys.exit(f"{command}: ended before it was ready")
start = time.monotonic()
for process in processes:
    process.stdin.write("go\n")
    process.stdin.flush()
ends, done = [], 0
for process in processes:
    output, _ = process.communicate()
    words = next(line for line in output.splitlines() if line.startswith("end ")).split()
    ends.append(float(words[1]))
    done += int(words[2])
print(f"{who}\t{what}\t{done / (max(ends) - start):.0f}", flush=True)
