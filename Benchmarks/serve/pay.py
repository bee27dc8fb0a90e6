#!/usr/bin/env python3
"""Many guests pay at once, each an order of their own, against a running `qrpay serve` and its sandbox.

    pay.py URL QUESTIONS GATEWAY_KEY_FILE [--payments N] [--users N]

A payment is measured from its POST until the guest is told PAYED, which is when the order is CLEARED. The orders are
made beforehand. Only asyncio of the standard library, one connection a guest.
"""

import argparse
import asyncio
import itertools
import json
import os
import time
import urllib.parse


class Connection:
    """One HTTP/1.1 connection that is kept."""

    async def open(self, host: str, port: int) -> "Connection":
        self.reader, self.writer = await asyncio.open_connection(host, port)
        return self

    async def ask(self, method: str, target: str, headers: dict[str, str], body: dict | None = None) -> dict:
        data = b"" if body is None else json.dumps(body).encode()
        fields = {"Host": "qrpay", "Content-Length": str(len(data)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.writer.write(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + data)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:"))
        answer = json.loads(await self.reader.readexactly(length))
        if not head.startswith("HTTP/1.1 200 "):
            raise RuntimeError(f"{method} {target}: {head.splitlines()[0]} {answer}")
        return answer


async def make_order(connection: Connection, key: str, client_id: str, number: int) -> dict[str, str]:
    """Takes in a bill; the deeplink's query tells what a payment must say."""
    bill = {"currency": "RUB", "amount": "560", "elements": [{"name": "Сырники", "amount": "560"}]}
    answer = await connection.ask(
        "POST", "/orders", {"X-API-Key": key},
        {"client_id": client_id, "internal_order_id": f"pay-{os.getpid()}-{time.time_ns()}-{number}", "bill": bill})
    link = next(line["value"] for line in answer["bill_lines"] if line["type"] == "qr-code")
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))


async def pay(connection: Connection, gateway_key: str, uid: str, link: dict[str, str]) -> float:
    headers = {"X-Gateway-Key": gateway_key, "X-Yandex-UID": uid}
    path = "/4.0/payments/v1/orders"
    began = time.monotonic()
    payment = {"service": "restaurant", "payment_method_id": "card-approve", "bill_version": 1, **link}
    answer = await connection.ask("POST", path, headers, payment)
    while answer["status"] == "WAITING":
        answer = await connection.ask(
            "GET", f"{path}?order_id={link['order_id']}&wait=30&seen=WAITING", headers)
    if answer["status"] != "PAYED":
        raise RuntimeError(f"order {link['order_id']}: {answer}")
    return time.monotonic() - began


async def run(options: argparse.Namespace) -> None:
    address = urllib.parse.urlsplit(options.url)
    gateway_key = open(options.gateway_key_file).read().split()[0]
    with open(options.questions) as file:
        owners = [line.split()[:2] for line in itertools.islice(file, 100)]
    connections = [await Connection().open(address.hostname, address.port) for _ in range(options.users)]

    numbers = iter(range(options.payments))
    links: list[dict[str, str]] = []

    async def order(connection: Connection) -> None:
        for number in numbers:
            links.append(await make_order(connection, *owners[number % len(owners)], number))

    await asyncio.gather(*map(order, connections))
    queue = iter(list(links))
    seconds: list[float] = []

    async def guest(number: int, connection: Connection) -> None:
        for link in queue:
            seconds.append(await pay(connection, gateway_key, f"guest-{number}", link))

    began = time.monotonic()
    await asyncio.gather(*(guest(number, connection) for number, connection in enumerate(connections)))
    elapsed = time.monotonic() - began
    seconds.sort()
    print(
        f"{len(seconds) / elapsed:.0f} payments/s, p50 {seconds[len(seconds) // 2] * 1e3:.0f} ms, "
        f"p99 {seconds[int(len(seconds) * 0.99)] * 1e3:.0f} ms, {len(seconds)} payments, client CPU "
        f"{time.process_time() / (time.monotonic() - STARTED) * 100:.0f} %")


STARTED = time.monotonic()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("questions")
    parser.add_argument("gateway_key_file")
    parser.add_argument("--payments", type=int, default=3000)
    parser.add_argument("--users", type=int, default=100)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
