"""Mixed load under random faults.

SOAK_SECONDS says how long (20), SOAK_SEED which chances; `make soak` takes ten minutes.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from agentpg_executor.embedded import find_bindir
from agentpg_executor.testing import FakeClaude
from fixtures.databases import Databases
from soak.faults import Faults
from soak.load import ENDED, Answers, Load
from survival.barrier import Barrier
from survival.fleet import Fleet, Nursery, Worker
from survival.polling import eventually
from survival.proxy import Proxy
from survival.routes import socket_of, through
from survival.servers import MortalServer
from survival.tally import Tally
from survival.world import SHORT_LEASES, World

SECONDS = float(os.environ.get("SOAK_SECONDS", "20"))
SEED = int(os.environ.get("SOAK_SEED", "0")) or random.randrange(1, 1_000_000)
TO_SETTLE = 90.0
REPORT = Path(__file__).resolve().parents[3] / "build" / "soak.txt"
# Faults come far more often here than any limit expects.
LIMITS = {
    "lease_ttl": "2 seconds",
    "instance_ttl": "4 seconds",
    "heartbeat_interval": "300 milliseconds",
    "max_model_attempts": "1000",
    "max_rescue_attempts": "1000",
    "model_retry_cap": "500 milliseconds",
    "tool_max_attempts": "8",
}


@pytest.mark.timeout(SECONDS + TO_SETTLE + 120)
async def test_every_accepted_run_ends_once_whatever_fails(tmp_path: Path):
    server = MortalServer(find_bindir())
    nursery = Nursery()
    await asyncio.to_thread(server.start)
    try:
        async with FakeClaude(keep_bodies=False) as fake, Barrier() as barrier:
            await soak(server, nursery, fake, barrier, tmp_path)
    finally:
        nursery.close()
        server.stop()


async def soak(
    server: MortalServer, nursery: Nursery, fake: FakeClaude, barrier: Barrier, folder: Path
) -> None:
    chance = random.Random(SEED)
    dsn = Databases(server).shipped().dsn
    fleet = Fleet(nursery, folder, {**fake.environment, "BARRIER": barrier.address})
    world = World(dsn, fake, barrier, fleet, Tally())
    await world.open(**{**SHORT_LEASES, **LIMITS})
    fake.clear()
    answers = Answers(chance)
    fake.script([answers.answer], match=lambda request: True, repeat=True)
    host, port = fake.base_url.removeprefix("http://").split(":")
    async with Proxy(socket_of(dsn)) as database_wire, Proxy((host, int(port))) as claude_wire:

        async def start() -> Worker:
            way = through(dsn, database_wire) if chance.random() < 0.7 else dsn
            url = f"http://127.0.0.1:{claude_wire.port}"
            return fleet.launch(way, "--grace", "0.5", "--concurrency", "8", ANTHROPIC_BASE_URL=url)

        load = Load(dsn, chance, barrier)
        faults = Faults(chance, fleet, server, dsn, database_wire, claude_wire, start)
        stop = asyncio.Event()
        begun = time.monotonic()
        working = [asyncio.create_task(load.create(stop)), asyncio.create_task(faults.rage(stop))]
        await asyncio.wait(working, timeout=SECONDS, return_when=asyncio.FIRST_EXCEPTION)
        stop.set()
        await asyncio.gather(*working)
        answers.troubles = False
        barrier.answers.clear()
        await faults.peace()
        settling = time.monotonic()
        await settled(world, load)
        now = time.monotonic()
        report = await told(world, load, faults, answers, settling - begun, now - settling)
        print(report)
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(report, encoding="utf-8")
        await judged(world, load, fake)
        await world.close()
        await fleet.stop()


async def settled(world: World, load: Load) -> None:
    """Every accepted run is terminal, or waits for a person."""

    async def check() -> bool:
        try:
            states = await world.rows("select distinct state::text from agentpg.runs")
        except psycopg.OperationalError:
            return False
        return bool({row["state"] for row in states} <= set(ENDED))

    try:
        await eventually(check, "every run ended", TO_SETTLE)
    except AssertionError as error:
        raise AssertionError(f"seed {SEED}: {error}\n{await world.explain()}") from None


async def judged(world: World, load: Load, fake: FakeClaude) -> None:
    """None lost, none doubled, nothing broken."""
    runs = await world.rows("select i.run_id, i.idempotency_key as key from agentpg.run_inputs i")
    known = {row["key"]: row["run_id"] for row in runs}
    assert len(known) == len(runs), "a run was created twice"
    missing = [key for key, run_id in load.accepted.items() if known.get(key) != run_id]
    assert missing == [], "accepted runs are lost"
    # The last creation may have been cut off after its commit.
    assert len(known) <= len(load.accepted) + 1
    assert await world.rows("select * from agentpg.invariant_violations") == []
    twice = "select message_id from agentpg.iterations group by 1 having count(message_id) > 1"
    assert await world.rows(twice) == [], "an answer was recorded twice"
    recorded = await world.value("select count(*) from agentpg.iterations where message_id is not null")
    assert recorded <= sum(entry.served for entry in fake.journal.messages)
    failed = await world.rows("select error_type, error_message from agentpg.runs where state = 'failed'")
    assert failed == [], "no limit was in reach, so no run may have failed"
    logs = "\n".join(worker.log for worker in world.fleet.workers)
    assert "Traceback" not in logs, logs[logs.find("Traceback") - 500 :][:3000]


async def told(
    world: World, load: Load, faults: Faults, answers: Answers, lasted: float, settling: float
) -> str:
    states = await world.rows("select state::text, count(*) as n from agentpg.runs group by 1 order by 1")
    journal = world.fake.journal.messages
    answered = sum(entry.served for entry in journal)
    recorded = await world.value("select count(*) from agentpg.iterations where message_id is not null")
    kinds = await world.rows("select kind, count(*) as n from agentpg.failed_attempts group by 1 order by 1")
    refused = sum(worker.log.count("dropped: the lease") for worker in world.fleet.workers)
    lines: list[tuple[str, Any]] = [
        ("seed", SEED),
        ("lasted", f"{lasted:.0f} s, settled {settling:.1f} s later"),
        ("runs accepted", len(load.accepted)),
        ("runs by state", _counts(Counter({row["state"]: row["n"] for row in states}))),
        ("cancels", load.cancels),
        ("requests sent to Claude", len(journal)),
        ("answered", answered),
        ("recorded", recorded),
        ("wasted", f"{answered - recorded} ({100 * (answered - recorded) / max(answered, 1):.1f} %)"),
        ("tool bodies", f"{len(world.barrier.bodies)}, {world.barrier.repeated} of them repeated"),
        ("attempts by how they ended", _counts(Counter({row["kind"]: row["n"] for row in kinds}))),
        ("late writes refused", refused),
        ("workers started", len(world.fleet.workers)),
        ("faults", _counts(faults.done)),
        ("faults of Claude", _counts(answers.told)),
        ("creations repeated", load.refused),
    ]
    return "".join(f"{name:<28}{value}\n" for name, value in lines)


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"
