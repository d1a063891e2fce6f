"""What the client returns: typed, frozen rows, named after the types of the reference system."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from agentpg._output import parse_response
from agentpg.enums import MessageRole, OnBusy, RunMode, RunState, ToolExecutionState
from agentpg.features import OutputSchema

T = TypeVar("T")

JsonObject: TypeAlias = dict[str, Any]
ContentBlock: TypeAlias = dict[str, Any]
"""A content block exactly as the Messages API has it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the API counts them: the four counters never overlap."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0

    @property
    def total_input(self) -> int:
        """Everything the model read: uncached, written to the cache and read from it."""
        return self.input_tokens + self.cache_creation_input_tokens + self.cache_read_input_tokens


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent's definition. Editing it never changes a run that has started."""

    id: UUID
    name: str
    model: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    system_prompt: str | None = None
    tools: tuple[str, ...] = ()
    agent_ids: tuple[UUID, ...] = ()
    max_tokens: int | None = None
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    metadata: JsonObject = field(default_factory=dict[str, Any])
    config: JsonObject = field(default_factory=dict[str, Any])
    version: int = 1
    deleted_at: datetime | None = None
    tenant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation. A fork begins with the messages of `forked_from_session_id` up to `forked_at_seq`."""

    id: UUID
    created_at: datetime
    updated_at: datetime
    parent_session_id: UUID | None = None
    depth: int = 0
    metadata: JsonObject = field(default_factory=dict[str, Any])
    compaction_count: int = 0
    tenant_id: str | None = None
    on_busy: OnBusy = OnBusy.ENQUEUE
    forked_from_session_id: UUID | None = None
    forked_at_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a session; `seq` is its place in it, `content` the API's own blocks."""

    role: MessageRole
    content: list[ContentBlock]
    seq: int
    session_id: UUID | None = None
    run_id: UUID | None = None
    iteration_id: UUID | None = None
    tenant_id: str | None = None
    created_at: datetime | None = None

    @property
    def text(self) -> str:
        """The text blocks of the message, joined."""
        return "".join(block["text"] for block in self.content if block.get("type") == "text")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call of a run and what came of it."""

    tool_execution_id: UUID
    name: str
    input: JsonObject
    state: ToolExecutionState
    tool_use_id: str = ""
    iteration_number: int = 0
    output: str | None = None
    output_content: list[ContentBlock] | str | None = None
    is_error: bool = False
    error_message: str | None = None
    is_agent_tool: bool = False
    agent_id: UUID | None = None
    child_run_id: UUID | None = None
    attempt: int = 0
    duration: timedelta | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Everything known about a run."""

    id: UUID
    session_id: UUID
    agent_id: UUID
    run_mode: RunMode
    state: RunState
    created_at: datetime
    usage: Usage = Usage()
    agent_name: str | None = None
    model: str | None = None
    current_mode: RunMode | None = None
    turn: int = 0
    parent_run_id: UUID | None = None
    parent_tool_execution_id: UUID | None = None
    root_run_id: UUID | None = None
    depth: int = 0
    previous_state: RunState | None = None
    prompt: str | None = None
    content: list[ContentBlock] | None = None
    current_iteration: int = 0
    current_iteration_id: UUID | None = None
    response_text: str | None = None
    stop_reason: str | None = None
    cost_usd: Decimal | None = None
    unpriced_calls: int = 0
    streaming_extra_usd: Decimal | None = None
    iteration_count: int = 0
    tool_iterations: int = 0
    error_type: str | None = None
    error_message: str | None = None
    created_by_instance_id: UUID | None = None
    claimed_by_instance_id: UUID | None = None
    claimed_at: datetime | None = None
    attempt: int = 0
    rescue_attempts: int = 0
    last_rescue_at: datetime | None = None
    priority: int = 0
    scheduled_at: datetime | None = None
    available_at: datetime | None = None
    blocked: bool = False
    batch_id: UUID | None = None
    max_iterations: int | None = None
    max_continuations: int | None = None
    variables: JsonObject = field(default_factory=dict[str, Any])
    options: JsonObject = field(default_factory=dict[str, Any])
    metadata: JsonObject = field(default_factory=dict[str, Any])
    idempotency_key: str | None = None
    tenant_id: str | None = None
    started_at: datetime | None = None
    finalized_at: datetime | None = None
    regenerated_from_run_id: UUID | None = None
    superseded_by_run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What a run answered: the whole of it once `finished`, until then what there is."""

    run_id: UUID
    session_id: UUID
    state: RunState
    finished: bool
    text: str = ""
    stop_reason: str | None = None
    usage: Usage = Usage()
    cost_usd: Decimal | None = None
    unpriced_calls: int = 0
    message: Message | None = None
    iteration_count: int = 0
    tool_iterations: int = 0
    tool_calls: tuple[ToolCall, ...] = ()
    error_type: str | None = None
    error_message: str | None = None
    output_schema: OutputSchema | None = field(default=None, repr=False, compare=False)

    @property
    def parsed(self) -> Any:
        """The structured output: an instance of the model given as `output_schema`, else the JSON value.

        Raises `OutputInvalid` when the answer is no such thing: it was cut or refused, or does not fit.
        """
        return parse_response(self, self.output_schema)

    def parse(self, model: type[T]) -> T:
        """The structured output as an instance of this pydantic model; errors as in `parsed`."""
        parsed: T = parse_response(self, model)
        return parsed


@dataclass(frozen=True, slots=True)
class Iteration:
    """One answered model call of a run."""

    id: UUID
    run_id: UUID
    iteration_number: int
    run_mode: RunMode
    trigger_type: str
    usage: Usage = Usage()
    model: str | None = None
    attempt: int = 1
    instance_id: UUID | None = None
    batch_id: UUID | None = None
    stop_reason: str | None = None
    tool_execution_count: int = 0
    cost_usd: Decimal | None = None
    request_id: str | None = None
    message_id: str | None = None
    request_seq: int | None = None
    response_seq: int | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def is_streaming(self) -> bool:
        """Whether the call was a streaming one, as opposed to one in a batch."""
        return self.run_mode == RunMode.STREAMING

    @property
    def has_tool_use(self) -> bool:
        """Whether the model called tools."""
        return self.tool_execution_count > 0


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event in the life of a run."""

    at: datetime
    elapsed: timedelta
    event: str
    iteration: int | None = None
    attempt: int | None = None
    actor: str | None = None
    detail: str | None = None
    duration: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a run waits for (`finished` if nothing) and, where a clock ends the wait, until when."""

    reason: str
    detail: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """A registered worker: what it offers and how much it holds."""

    id: UUID
    name: str
    created_at: datetime
    last_heartbeat_at: datetime
    hostname: str | None = None
    pid: int | None = None
    version: str | None = None
    max_concurrent_runs: int = 0
    max_concurrent_tools: int = 0
    max_concurrent_batches: int = 0
    active_run_count: int = 0
    active_tool_count: int = 0
    tools: tuple[str, ...] = ()
    metadata: JsonObject = field(default_factory=dict[str, Any])
