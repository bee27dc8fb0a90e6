"""machine.py FOLDER: the state of the machine during a measurement: its load, and how long syncing 8 KiB takes."""
import os
import statistics
import sys
import tempfile
import time

times = []
with tempfile.TemporaryFile(dir=sys.argv[1]) as file:
    for number in range(100):
        os.pwrite(file.fileno(), bytes(8192), number * 8192)
        start = time.perf_counter()
        os.fdatasync(file.fileno())
        times.append((time.perf_counter() - start) * 1000)
print(f"machine\tload average of a minute\t{os.getloadavg()[0]:.2f}")
print(f"machine\tfdatasync of 8 KiB, ms\t{statistics.median(times):.3f}", flush=True)
