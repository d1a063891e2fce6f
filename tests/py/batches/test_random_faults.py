"""Many runs of three turns, while workers, networks, Postgres and the provider fail at random.

BATCH_RUNS says how many (500), BATCH_SEED which chances; `make batches` takes 5,000.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from agentpg_executor.embedded import find_bindir
from agentpg_executor.testing import FakeClaude
from batches.chances import Provider
from batches.world import BatchWorld
from fixtures.databases import Databases
from soak.faults import Faults
from survival.fleet import Fleet, Nursery, Worker
from survival.proxy import Proxy
from survival.routes import socket_of, through
from survival.servers import MortalServer

RUNS = int(os.environ.get("BATCH_RUNS", "500"))
SEED = int(os.environ.get("BATCH_SEED", "0")) or random.randrange(1, 1_000_000)
TURNS = 3
TROUBLED = 5.0 + RUNS / 50
LONGEST = 60.0 + RUNS / 10
REPORT = Path(__file__).resolve().parents[3] / "build" / "batches.txt"
# Faults come far more often here than any limit expects. A worker is frozen for at most 4 s and a network
# silent for 3: what was sent has arrived when batch_settle_time is over.
LIMITS = {
    "lease_ttl": "2 seconds",
    "instance_ttl": "4 seconds",
    "heartbeat_interval": "300 milliseconds",
    "max_model_attempts": "1000",
    "max_rescue_attempts": "1000",
    "tool_max_attempts": "100",
    "batch_settle_time": "6 seconds",
    "batch_max_poll_interval": "500 milliseconds",
    "batch_max_requests": str(max(50, RUNS // 10)),
}


@pytest.mark.timeout(TROUBLED + LONGEST + 60)
async def test_each_request_is_billed_once_whatever_fails(tmp_path: Path):
    server = MortalServer(find_bindir())
    nursery = Nursery()
    await asyncio.to_thread(server.start)
    try:
        async with FakeClaude(keep_bodies=False) as fake:
            await storm(server, nursery, fake, tmp_path)
    finally:
        nursery.close()
        server.stop()


async def storm(server: MortalServer, nursery: Nursery, fake: FakeClaude, folder: Path) -> None:
    chance = random.Random(SEED)
    dsn = Databases(server).shipped().dsn
    fleet = Fleet(nursery, folder, fake.environment)
    world = BatchWorld(dsn, fake, fleet)
    provider = Provider(fake, chance, TURNS)
    fake.script([provider.answer], match=lambda request: True, repeat=True)
    await world.open(TURNS, **LIMITS)
    fake.batches.seconds = 0.2
    await world.create(RUNS)
    host, port = fake.base_url.removeprefix("http://").split(":")
    async with Proxy(socket_of(dsn)) as database_wire, Proxy((host, int(port))) as claude_wire:

        async def start() -> Worker:
            way = through(dsn, database_wire) if chance.random() < 0.7 else dsn
            url = f"http://127.0.0.1:{claude_wire.port}"
            return world.launch("--grace", "0.5", over=way, ANTHROPIC_BASE_URL=url)

        faults = Faults(chance, fleet, server, dsn, database_wire, claude_wire, start)
        stop = asyncio.Event()
        begun = time.monotonic()
        raging = asyncio.create_task(faults.rage(stop))
        try:
            await until_most_have_ended(world, provider, raging)
        finally:
            stop.set()
            await raging
        provider.troubles = False
        await faults.peace()
        settling = time.monotonic()
        await world.all_ended(LONGEST)
        now = time.monotonic()
        report = await told(world, provider, faults, settling - begun, now - settling)
        print(report)
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(report, encoding="utf-8")
        await world.check(paid_twice=sum(late_arrivals(world, await known(world)).values()))
        await world.close()
        await fleet.stop()


async def until_most_have_ended(world: BatchWorld, provider: Provider, raging: asyncio.Task[None]) -> None:
    """Nine of ten, or for TROUBLED seconds. Meanwhile calls of the provider fail now and then."""
    ended = "select count(*) from agentpg.runs where finalized_at is not null"
    end = time.monotonic() + TROUBLED
    while time.monotonic() < end and not raging.done():
        provider.trouble_a_call()
        try:
            if await world.value(ended) >= 0.9 * RUNS:
                return
        except psycopg.OperationalError:
            pass
        # The load itself takes this long; nothing is waited for.
        await asyncio.sleep(0.5)


async def known(world: BatchWorld) -> set[str]:
    """The provider's batches of which the database knows."""
    rows = await world.rows(
        "select provider_batch_id as id from agentpg.batches where provider_batch_id is not null"
    )
    return {row["id"] for row in rows}


def late_arrivals(world: BatchWorld, known: set[str]) -> Counter[str]:
    """What was billed in batches that reached the provider after they had been looked for.

    The one fault that can be met here and that nobody can make good.
    """
    return Counter(
        str(entry.batch_id)
        for entry in world.fake.journal.of("batch_item")
        if entry.billed and entry.batch_id not in known
    )


async def told(world: BatchWorld, provider: Provider, faults: Faults, lasted: float, settling: float) -> str:
    batches = await world.rows("select state::text, count(*) as n from agentpg.batches group by 1 order by 1")
    kinds = await world.rows("select kind, count(*) as n from agentpg.failed_attempts group by 1 order by 1")
    billed = world.billed()
    late = late_arrivals(world, await known(world))
    refused = sum(worker.log.count("dropped") for worker in world.fleet.workers)
    lines = [
        ("seed", SEED),
        ("lasted", f"{lasted:.0f} s of faults, settled {settling:.1f} s later"),
        ("runs", f"{RUNS} of {TURNS} turns"),
        ("requests", len(billed)),
        ("billed", sum(billed.values())),
        ("billed twice", sum(count > 1 for count in billed.values())),
        ("of that by late arrivals", f"{sum(late.values())} in {len(late)} batches"),
        ("create calls", f"{len(world.calls('create'))}, {world.accepted()} accepted"),
        ("retrieves", len(world.calls("retrieve"))),
        ("lists", len(world.calls("list"))),
        ("downloads of results", len(world.calls("results"))),
        ("batches by state", _counts(Counter({row["state"]: row["n"] for row in batches}))),
        ("attempts by how they ended", _counts(Counter({row["kind"]: row["n"] for row in kinds}))),
        ("steps dropped", refused),
        ("workers started", len(world.fleet.workers)),
        ("faults", _counts(faults.done)),
        ("faults of the provider", _counts(provider.told)),
    ]
    return "".join(f"{name:<28}{value}\n" for name, value in lines)


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"
