"""Stopping: claim nothing more, let work finish, give the rest back unharmed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from agentpg.errors import AgentPGError

from ._bounded import bounded
from ._host import Host

UNWIND_SECONDS = 3.0
FAREWELL_SECONDS = 5.0
LAST_LOOKS = 50


async def drain(
    host: Host, claimers: Sequence[asyncio.Task[None]], grace: float, hurry: asyncio.Event
) -> None:
    """Waits up to `grace` seconds (or until `hurry`) for the work under way, then aborts what is left."""
    host.draining = True
    host.runs_wake.set()
    host.tools_wake.set()
    host.batches_wake.set()
    if claimers:
        # A claim under way is let through, since what it got must be given back.
        await asyncio.wait(claimers, timeout=FAREWELL_SECONDS)
    for task in claimers:
        task.cancel()
    await _wait_for_work(host, grace, hurry)
    if host.tasks:
        host.log.info("grace period over: giving back %d claims", len(host.leases))
    for lease in host.leases:
        if lease.abort("released"):
            host.stats.released += 1
    if host.tasks:
        await asyncio.wait(host.tasks, timeout=UNWIND_SECONDS)
    for task in host.tasks:
        task.cancel()
    await asyncio.gather(*host.tasks, *claimers, return_exceptions=True)
    if not hurry.is_set():
        # A body in a thread that was just told to stop has a moment to do so before the process ends.
        for _ in range(LAST_LOOKS):
            if not host.threads.abandoned:
                break
            await asyncio.sleep(0.02)


async def _wait_for_work(host: Host, grace: float, hurry: asyncio.Event) -> None:
    hurried = asyncio.create_task(hurry.wait())
    try:
        async with asyncio.timeout(grace):
            while host.tasks and not hurried.done():
                await asyncio.wait({hurried, *host.tasks}, return_when=asyncio.FIRST_COMPLETED)
    except TimeoutError:
        pass
    finally:
        hurried.cancel()


async def say_goodbye(host: Host) -> None:
    """Releases what this instance still holds; if the database is away, leases lapse by themselves."""
    host.runs_wake.close()
    host.tools_wake.close()
    host.batches_wake.close()
    try:
        await bounded(lambda: host.pulse.deregister_instance(host.instance_id), FAREWELL_SECONDS)
    except AgentPGError as error:
        host.log.warning("could not deregister; what was held is free when its leases lapse: %s", error)


@dataclass(slots=True)
class Signalled:
    """The signal that would not wait for the drain, if there was one."""

    second: signal.Signals | None = None


@contextlib.contextmanager
def draining_on_signals(
    stop: asyncio.Event, hurry: asyncio.Event, log: logging.Logger
) -> Generator[Signalled]:
    """While open, SIGTERM and SIGINT set `stop`, and a second one sets `hurry`."""
    loop = asyncio.get_running_loop()
    installed: list[signal.Signals] = []
    signalled = Signalled()

    def on_signal(number: signal.Signals) -> None:
        if stop.is_set():
            log.warning("second signal: stopping now")
            signalled.second = signalled.second or number
            hurry.set()
        else:
            log.info("draining; a second signal stops at once")
            stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, on_signal, number)
            installed.append(number)
    try:
        yield signalled
    finally:
        for number in installed:
            loop.remove_signal_handler(number)
