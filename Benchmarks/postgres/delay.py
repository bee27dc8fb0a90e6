"""delay.py SOCKET SECONDS: forwards connections from a free port of 127.0.0.1 to a socket and delays the data in both
directions by that time, in order, like a slower link. Prints the port. A line on standard input cuts all connections;
end of input ends the program."""
import collections
import socket
import sys
import threading
import time

path, seconds = sys.argv[1], float(sys.argv[2])
links = []


def end(link):
    """Shuts down both ends; the last call closes them."""
    for side in link:
        try:
            side.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
    if link in links:
        links.remove(link)
    else:
        for side in link:
            side.close()


def pump(source, target, link):
    late, change = collections.deque(), threading.Condition()

    def deliver():
        while True:
            with change:
                while not late:
                    change.wait()
                due, data = late.popleft()
            time.sleep(max(0, due - time.monotonic()))
            try:
                if not data:
                    return end(link)
                target.sendall(data)
            except OSError:
                return end(link)

    threading.Thread(target=deliver, daemon=True).start()
    data = b"-"
    while data:
        try:
            data = source.recv(1 << 18)
        except OSError:
            data = b""  # As at its end.
        with change:
            late.append((time.monotonic() + seconds, data))
            change.notify()


def accept(listener):
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(path)
        except OSError:
            client.close()
            server.close()
            continue
        link = (client, server)
        links.append(link)
        for ends in (link, link[::-1]):
            threading.Thread(target=pump, args=(*ends, link), daemon=True).start()


sys.setswitchinterval(0.0001)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
threading.Thread(target=accept, args=(listener,), daemon=True).start()
for _ in sys.stdin:
    for link in list(links):
        for side in link:
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
