"""The second act of the demo: the executor that runs a tool is killed, and another one takes over."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from agentpg import AsyncClient, Response, TimelineEntry

from ..testing import FakeClaude
from ._crash_story import AGENT, PROMPT, SYSTEM, script
from ._crash_tools import BOOK, PACE
from ._crash_watch import AtWork, watch
from ._crash_workers import NAMES, Workers
from ._demo_story import MODEL
from ._demo_view import MARGIN
from ._outcome import exit_code
from ._parked import raise_if_parked
from ._prose import Prose
from ._run_page import arguments_text
from ._screen import Pen, Screen, cut
from ._steps import step
from ._timeline import timeline_table
from ._words import STATE_STYLES, seconds

if TYPE_CHECKING:
    from .demo import Stage

_SETTINGS = {
    "heartbeat_interval": "0.3 seconds",
    "lease_ttl": "1.5 seconds",
    "leader_ttl": "1 second",
    "poll_interval": "1 second",
}
_PATIENCE_SECONDS = 120.0
_DWELL_SECONDS = 0.4


@dataclass(slots=True)
class Fate:
    """What became of the one that was killed."""

    victim: AtWork
    killed_at: datetime
    heir: AtWork | None = None


def load_workers(stage: Stage, stack: contextlib.ExitStack) -> Workers:
    """The two executors, loading while something else plays; they end with `stack`."""
    environment = {PACE: str(stage.pace)}
    if not os.environ.get("ANTHROPIC_API_KEY"):
        fake = stack.enter_context(FakeClaude.in_thread(allow_unknown_models=True))
        script(fake)
        environment |= fake.environment
    workers = stack.enter_context(Workers(stage.url, environment))
    workers.load()
    return workers


async def show_crash(stage: Stage, workers: Workers, screen: Screen) -> int:
    """Plays the second act and returns its exit code."""
    screen.data(f"  {screen.out.paint('Now the worst: the executor dies', 'bold')}\n")
    async with AsyncClient(stage.url, name="agentpg demo") as client:
        before = await client.settings()
        await client.configure(_SETTINGS)
        with step(screen.err, "Starting two executors") as started:
            await workers.start(client)
            pids = " and ".join(f"{name} (pid {workers.pid(name)})" for name in NAMES)
            started.done = f"Two executors, each a process of its own: {pids}"
        _hint_of_settings(screen, before)
        response, run_id, fate = await _play(stage, client, workers, screen.out)
        timeline = await client.run_timeline(run_id)
        _sum_up(screen, response, timeline, fate)
        _read_back(screen, run_id, timeline)
        await client.configure({name: str(before[name]) for name in _SETTINGS})
    return exit_code(response.state.value, response.error_type)


def _hint_of_settings(screen: Screen, before: Mapping[str, object]) -> None:
    usual = [
        value for name in ("heartbeat_interval", "lease_ttl") if isinstance(value := before[name], timedelta)
    ]
    shown = " and ".join(f"{value.total_seconds():g} s" for value in usual)
    screen.hint("    For this act: heartbeat 0.3 s, leases 1.5 s.")
    screen.hint(f"    By default {shown}: it takes up to 30 s then.\n")


async def _play(
    stage: Stage, client: AsyncClient, workers: Workers, out: Pen
) -> tuple[Response, UUID, Fate | None]:
    agent = await client.get_or_create_agent(
        AGENT, model=stage.model or MODEL, system_prompt=SYSTEM, tools=[BOOK],
        description="The second agent of `agentpg demo`.",
    )  # fmt: skip
    _say(out, "You", PROMPT, "cyan")
    run_id = await client.run_fast(await client.new_session(metadata={"demo": True}), agent.id, PROMPT)
    waiting = asyncio.create_task(
        client.wait_for_run(run_id, timeout=_PATIENCE_SECONDS, raise_on_failure=False)
    )
    parked = asyncio.create_task(raise_if_parked(client, run_id, asyncio.Event()))
    killing = asyncio.create_task(_kill_at_work(stage, run_id, workers, out))
    try:
        await asyncio.wait([waiting, parked, killing], return_when=asyncio.FIRST_COMPLETED)
        if killing.done():
            await killing
            await asyncio.wait([waiting, parked], return_when=asyncio.FIRST_COMPLETED)
        response = await (waiting if waiting.done() else parked)
        fate = await killing if killing.done() else None
    finally:
        for task in (waiting, parked, killing):
            task.cancel()
        await asyncio.gather(waiting, parked, killing, return_exceptions=True)
    for call in response.tool_calls:
        _line(out, "", f"{out.glyph('✓', '+')} {call.name}: {call.output}")
    out.write()
    if response.text:
        _say(out, "Claude", response.text, "green")
    return response, run_id, fate


async def _kill_at_work(stage: Stage, run_id: UUID, workers: Workers, out: Pen) -> Fate:
    """Kills the executor that runs the tool, in the middle of it, and waits until the other has it."""
    victim = await watch(stage.url, run_id, lambda call: call.name in NAMES)
    _line(out, "  Tools", _at_work(out, victim))
    await asyncio.sleep(_DWELL_SECONDS * min(stage.pace, 1.0))
    fate = Fate(victim, datetime.now(UTC))
    workers.kill(victim.name)
    _line(out, "", f"$ kill -9 {victim.pid}", "red", "bold")
    heir = await watch(stage.url, run_id, lambda call: call.attempt > victim.attempt)
    fate.heir = heir
    _line(out, "", _at_work(out, heir))
    return fate


def _at_work(out: Pen, call: AtWork) -> str:
    what = f"{call.tool}({arguments_text(call.input)})"
    return f"{out.glyph('⚙', '*')} {call.name}, pid {call.pid}: {what}, attempt {call.attempt}"


def _line(out: Pen, label: str, text: str, *styles: str) -> None:
    margin = out.paint(label, "yellow", "bold") + " " * (MARGIN - len(label))
    shown = cut(out.show(text), out.width - MARGIN - 1)
    out.write(margin + (out.paint(shown, *styles) if styles else shown))


def _say(out: Pen, who: str, text: str, style: str) -> None:
    prose = Prose(out, margin=MARGIN, label=f"  {who}", style=style)
    prose.feed(text)
    prose.end()
    out.write()


def _sum_up(screen: Screen, response: Response, timeline: list[TimelineEntry], fate: Fate | None) -> None:
    """Who took over, and how long that took by the database's own times."""
    out = screen.out
    state = out.paint(response.state.value, "bold", *STATE_STYLES.get(response.state.value, ()))
    took = _takeover(timeline, fate)
    narrow = out.is_terminal and len(took) + 14 > out.width
    between = "\n  " if narrow else f" {out.glyph('·', '-')} "
    screen.data(f"  {state}{between}{took}\n")
    if response.error_message:
        screen.data(f"  {out.paint(out.show(f'{response.error_type}: {response.error_message}'), 'red')}\n")


def _takeover(timeline: list[TimelineEntry], fate: Fate | None) -> str:
    again = [entry for entry in timeline if entry.event == "tool started" and (entry.attempt or 0) > 1]
    if not any(entry.event == "tool started" for entry in timeline):
        return "the model did not call the tool, so there was nobody to kill"
    if fate is None or not again:
        return "the tool was done before anybody could be killed"
    took = seconds((again[-1].at - fate.killed_at).total_seconds())
    return f"{again[-1].actor} took over {took} after {fate.victim.name} was killed"


def _read_back(screen: Screen, run_id: UUID, timeline: list[TimelineEntry]) -> None:
    out = screen.out
    statement = f"select * from agentpg.run_timeline('{run_id}')"
    screen.data(f"  {out.paint('What happened, read back with SQL', 'bold')}")
    screen.data(f"  {out.paint(statement, 'dim')}\n")
    screen.data(timeline_table(out, timeline, indent=2, actors=True))
    screen.data()
