"""peers.py NAME URL install | enqueue COUNT CLIENTS | fill COUNT | work BATCH

Runs the same jobs on other durable queues on PostgreSQL, used as documented: procrastinate on psycopg, and pgqueuer on
asyncpg with logged tables. 'enqueue' prints NAME TAB WHAT TAB jobs per second, with one transaction per job. 'work'
connects, prints 'ready', waits for a line, runs no-op jobs until none is left, and prints 'end', the time at which the
last one ran, and the number of jobs.
"""
import asyncio
import sys
import time

name, url, command, *numbers = sys.argv[1:]


async def timed(count, clients, one):
    """Calls `one` `count` times in all, from `clients` concurrent tasks."""
    async def client(place):
        for number in range(place, count, clients):
            await one(number)

    # Connections are opened and statements prepared before the measurement starts.
    await asyncio.gather(*[one(-1 - place) for place in range(clients)])
    start = time.perf_counter()
    await asyncio.gather(*[client(place) for place in range(clients)])
    print(f"{name}\tenqueue, clients {clients}\t{count / (time.perf_counter() - start):.0f}", flush=True)


def go():
    print("ready", flush=True)
    sys.stdin.readline()


async def procrastinate():
    from procrastinate import App, PsycopgConnector

    count, clients = map(int, numbers or (0, 1))
    app = App(connector=PsycopgConnector(conninfo=url, min_size=clients, max_size=clients + 1))

    @app.task(name="nothing")
    async def nothing(document_id):
        pass

    async with app.open_async():
        if command == "install":
            await app.schema_manager.apply_schema_async()
        else:
            await timed(count, clients, lambda number: nothing.defer_async(document_id=f"document-{number}-1"))


async def pgqueuer():
    import asyncpg
    from pgqueuer import AsyncpgDriver, AsyncpgPoolDriver, Queries, QueueManager
    from pgqueuer.types import QueueExecutionMode

    if command == "enqueue":
        count, clients = map(int, numbers)
        async with asyncpg.create_pool(url, min_size=clients, max_size=clients) as pool:
            queries = Queries(AsyncpgPoolDriver(pool))
            await timed(
                count, clients,
                lambda number: queries.enqueue("nothing", b'{"document_id":"document-%d-1"}' % number))
        return
    connection = await asyncpg.connect(url)
    queries = Queries(AsyncpgDriver(connection))
    if command == "install":
        await queries.install()
        return
    if command == "fill":
        count = int(numbers[0])
        for start in range(0, count, 5000):
            size = min(5000, count - start)
            await queries.enqueue(["nothing"] * size, [b"{}"] * size, [0] * size)
        return
    manager = QueueManager(queries)
    last, done = 0.0, 0

    @manager.entrypoint("nothing")
    async def nothing(job):
        nonlocal last, done
        last, done = time.monotonic(), done + 1

    go()
    await manager.run(batch_size=int(numbers[0]), mode=QueueExecutionMode.drain)
    print(f"end {last} {done}", flush=True)


asyncio.run({"procrastinate": procrastinate, "pgqueuer": pgqueuer}[name]())
