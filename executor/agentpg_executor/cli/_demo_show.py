"""The live part of the demo: an executor in this process, one run, and what it left in the database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from typing import TYPE_CHECKING
from uuid import UUID

from agentpg import Agent, AsyncClient, Response, Run

from ..executor import Executor
from ..testing import FakeClaude
from ._claude import check_key
from ._demo_story import AGENT, KINDS, MODEL, PROMPT, SYSTEM, demo_tools, script
from ._demo_view import DemoView
from ._outcome import exit_code
from ._parked import raise_if_parked
from ._screen import Screen
from ._steps import step
from ._timeline import timeline_table
from ._words import STATE_STYLES, count, dollars, seconds

if TYPE_CHECKING:
    from .demo import Stage

_DELTA_SECONDS = 0.03
_PATIENCE_SECONDS = 120.0
_HINT = "ANTHROPIC_API_KEY is not set: a fake Claude answers."


async def show(stage: Stage, screen: Screen) -> int:
    """Plays the demo and returns its exit code."""
    view = DemoView(screen.out, KINDS)
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(AsyncClient(stage.url, name="agentpg demo"))
        with step(screen.err, "Starting an executor") as started:
            executor = await _start_executor(stage, stack, view)
            started.done = f"Executor with {count(len(executor.all_tool_names()), 'tool')}, in this process"
        if not _has_key():
            screen.hint(f"    {_HINT}")
        screen.note()
        response, run_id = await _play(stage, client, executor, view)
        _sum_up(screen, response, await client.get_run(run_id))
        await _timeline(screen, client, run_id)
    return exit_code(response.state.value, response.error_type)


def _has_key() -> bool:
    return bool(os.environ.get("ANTHROPIC_API_KEY"))


async def _start_executor(stage: Stage, stack: contextlib.AsyncExitStack, view: DemoView) -> Executor:
    """It serves the demo's run alone: a fake Claude must never answer anybody else's."""
    api_key = base_url = None
    if _has_key():
        await check_key()
    else:
        fake = await stack.enter_async_context(
            FakeClaude(pace=_DELTA_SECONDS * stage.pace, delta_chars=5, allow_unknown_models=True)
        )
        script(fake)
        api_key, base_url = fake.api_key, fake.base_url
    quiet = logging.getLogger("agentpg.demo")
    quiet.setLevel(logging.CRITICAL)
    executor = Executor(
        stage.url,
        name="demo",
        tools=demo_tools(stage.pace),
        only_runs=[],
        api_key=api_key,
        base_url=base_url,
        grace_period=2.0,
        on_event=view.on_event,
        logger=quiet,
    )
    return await stack.enter_async_context(executor)


async def _play(
    stage: Stage, client: AsyncClient, executor: Executor, view: DemoView
) -> tuple[Response, UUID]:
    agent = await _agent(client, executor, stage.model)
    session_id = await client.new_session(metadata={"demo": True})
    view.say("You", PROMPT, "cyan")
    options = {"model": stage.model} if stage.model and stage.model != agent.model else None
    run_id = await client.run_fast(session_id, agent.id, PROMPT, options=options)
    view.run_id = run_id
    executor.serve(run_id)
    waiting = asyncio.create_task(
        client.wait_for_run(run_id, timeout=_PATIENCE_SECONDS, raise_on_failure=False)
    )
    parked = asyncio.create_task(raise_if_parked(client, run_id, view.failed))
    drawing = asyncio.create_task(view.drawing())
    try:
        await asyncio.wait([waiting, parked], return_when=asyncio.FIRST_COMPLETED)
        response = await (waiting if waiting.done() else parked)
    finally:
        for task in (waiting, parked, drawing):
            task.cancel()
        await asyncio.gather(waiting, parked, drawing, return_exceptions=True)
        view.end()
    if not view.saw_text and response.text:
        view.say("Claude", response.text, "green")
    return response, run_id


async def _agent(client: AsyncClient, executor: Executor, model: str | None) -> Agent:
    agent = await client.get_or_create_agent(
        AGENT,
        model=model or MODEL,
        system_prompt=SYSTEM,
        tools=executor.all_tool_names(),
        description="The agent of `agentpg demo`.",
    )
    wanted = {"system_prompt": SYSTEM, "tools": executor.all_tool_names()}
    changes = {
        name: value
        for name, value in wanted.items()
        if (list(agent.tools) if name == "tools" else agent.system_prompt) != value
    }
    return await client.update_agent(agent.id, changes) if changes else agent


def _sum_up(screen: Screen, response: Response, run: Run) -> None:
    """State, calls, tokens, cost and time on a line or two."""
    out, usage = screen.out, response.usage
    took = None if run.finalized_at is None else run.finalized_at - run.created_at
    state = out.paint(response.state.value, "bold", *STATE_STYLES.get(response.state.value, ()))
    facts = [
        count(response.iteration_count, "model call"),
        count(len(response.tool_calls), "tool call"),
        f"{usage.total_input:,} tokens in, {usage.output_tokens:,} out",
        f"{dollars(response.cost_usd)}{'' if _has_key() else ' at list price'}",
        seconds(took),
    ]
    dot = out.glyph("·", "-")
    line = f" {dot} ".join(fact for fact in facts if fact)
    if out.is_terminal and len(line) + 14 > out.width:
        line = f" {dot} ".join(facts[:2]) + "\n  " + f" {dot} ".join(fact for fact in facts[2:] if fact)
    screen.data(f"  {state} {dot} {line}\n")
    if response.error_message:
        screen.data(f"  {out.paint(out.show(f'{response.error_type}: {response.error_message}'), 'red')}\n")


async def _timeline(screen: Screen, client: AsyncClient, run_id: UUID) -> None:
    out = screen.out
    statement = f"select * from agentpg.run_timeline('{run_id}')"
    screen.data(f"  {out.paint('What happened, read back with SQL', 'bold')}")
    screen.data(f"  {out.paint(statement, 'dim')}\n")
    screen.data(timeline_table(out, await client.run_timeline(run_id), indent=2))
    screen.data()
