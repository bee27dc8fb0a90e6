"""Pages of one receipt by qrpay and by ReportLab in turns: QRPAY RECEIPT FONT DIRECTORY; prints medians and their ratio."""
import json
import os
import statistics
import subprocess
import sys
import time

ROUNDS, PAGES, PEER_PAGES = 7, 200, 50


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    qrpay, receipt, font, work = sys.argv[1:]
    os.sched_setaffinity(0, {0})
    with open(receipt, encoding="utf-8") as file:
        line = json.dumps(json.load(file)) + "\n"
    for name, count in (("one", 1), ("many", PAGES)):
        with open(f"{work}/{name}.jsonl", "w", encoding="utf-8") as file:
            file.write(line * count)

    def render(name):
        return seconds([qrpay, "receipt", "render", f"{work}/{name}.jsonl", "--out-dir", f"{work}/{name}"])

    peer = [sys.executable, os.path.join(os.path.dirname(__file__), "reportlab_receipt.py"), receipt, font]
    rounds = []
    for number in range(1, ROUNDS + 1):
        one, many = render("one"), render("many")
        theirs = json.loads(subprocess.check_output([*peer, str(PEER_PAGES), f"{work}/peer.pdf"]))
        rounds.append((one * 1000, (many - one) / (PAGES - 1) * 1000, theirs["milliseconds"]))
        print("round {}: {:.2f} ms, ReportLab {:.2f} ms".format(number, *rounds[-1][1:]))
    process, page, peer_page = (statistics.median(column) for column in zip(*rounds))
    print(f"qrpay:     {page:.2f} ms a page, {os.path.getsize(f'{work}/one/one.pdf')} bytes; {process:.0f} ms as a process")
    print(f"ReportLab: {peer_page:.2f} ms a page, {theirs['bytes']} bytes")
    print(f"ratio of the medians of {ROUNDS} rounds: {page / peer_page:.3f}")


main()
