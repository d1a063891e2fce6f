"""What may be set for one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from agentpg._output import with_schema
from agentpg.enums import OnBusy
from agentpg.events import ToolFinished, ToolStarted
from agentpg.features import OutputSchema

_CALLBACKS = ("on_tool_start", "on_tool_complete")

T = TypeVar("T")
ToolCallback: TypeAlias = Callable[[T], object]
"""Called with an event; the asynchronous client awaits what it returns, if that can be awaited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Settings of one run; whatever is None stays as the agent has it.

    `variables` reach every tool of the run and of the runs below it. `override_instructions` replaces the
    agent's system prompt, `append_instructions` follows it; neither is passed on. `tools` names the
    agent's tools to offer in this run.

    `thinking`, `effort`, `output_schema`, `output_repairs`, `tool_choice`, `stop_sequences`, `user_id`,
    `service_tier`, `speed`, `betas`, `server_tools`, `mcp_servers` and `request` (any other parameter of the
    Messages API) are those of `RequestFeatures`, and go over the agent's.

    `approval` says which tool calls wait for a person, in this run and the runs below it: True for all, or
    the names of tools and delegates.

    `max_tokens` and `max_cost_usd` bound what the run and all runs below it use together, `max_depth` how
    deep delegates may delegate: a run that meets a limit stops with a stop reason such as `run_max_cost_usd`
    and can be continued. Past its `deadline` (a moment with its offset) it fails, with all that is below.

    A run in batch mode goes over to streaming mode after `stream_after_turns` model calls in batches, or once
    it is `stream_from` (a moment with its offset) and no batch holds it; that costs twice as much.

    `on_busy` goes before the policy of the session: whether the run waits for an active one (enqueue), is
    refused (reject), or takes its place (interrupt).

    `auto_compaction` says whether the run makes its context shorter by itself when it grows too long,
    `compaction` what differs from the settings for that (keys: `agentpg.compaction_defaults()`).

    `events` says whether the run has an event stream for `client.stream()`; without one it pays nothing.
    `on_tool_start` and `on_tool_complete` are called in this process, for as long as the client is open, for
    the tool calls of the run and of its delegates, in whatever process those are made: the first at each
    attempt, the other once a call has ended. They need the event stream; what they raise is logged, no more.

        RunOptions(variables={"order": 7}, append_instructions="Answer in French.", max_iterations=5)
    """

    variables: Mapping[str, object] | None = None
    override_instructions: str | None = None
    append_instructions: str | None = None
    tools: Sequence[str] | None = None
    model: str | None = None
    thinking: Mapping[str, object] | None = None
    effort: str | None = None
    output_schema: OutputSchema | None = None
    output_repairs: int | None = None
    tool_choice: Mapping[str, object] | None = None
    stop_sequences: Sequence[str] | None = None
    user_id: str | None = None
    service_tier: str | None = None
    speed: str | None = None
    betas: Sequence[str] | None = None
    server_tools: Sequence[Mapping[str, object]] | None = None
    mcp_servers: Sequence[Mapping[str, object]] | None = None
    request: Mapping[str, object] | None = None
    max_iterations: int | None = None
    max_continuations: int | None = None
    max_depth: int | None = None
    max_tokens: int | None = None
    max_cost_usd: Decimal | float | None = None
    deadline: datetime | None = None
    stream_after_turns: int | None = None
    stream_from: datetime | None = None
    on_busy: OnBusy | str | None = None
    approval: bool | Sequence[str] | None = None
    auto_compaction: bool | None = None
    compaction: Mapping[str, object] | None = None
    events: bool | None = None
    on_tool_start: ToolCallback[ToolStarted] | None = None
    on_tool_complete: ToolCallback[ToolFinished] | None = None

    def to_json(self) -> dict[str, Any]:
        """The options that are set, as `create_run` takes them."""
        values = {
            field.name: getattr(self, field.name) for field in fields(self) if field.name not in _CALLBACKS
        }
        return with_schema({name: _plain(value) for name, value in values.items() if value is not None})


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
