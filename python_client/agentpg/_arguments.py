"""Arguments of the client's methods as parameters of SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias, cast
from uuid import UUID

from psycopg.types.json import Jsonb

from agentpg._json import jsonb
from agentpg._output import with_schema
from agentpg.errors import InvalidArgument
from agentpg.features import OutputSchema
from agentpg.options import RunOptions
from agentpg.types import Agent

Id: TypeAlias = UUID | str
"""A UUID, or its text."""

AgentOrId: TypeAlias = Agent | Id
"""An agent, or the id of one."""

Prompt: TypeAlias = str | Sequence[Mapping[str, object]]
"""Text, or the content blocks of a user message."""

Options: TypeAlias = RunOptions | Mapping[str, object]


def uuid_of(value: Id, name: str) -> UUID:
    """`value` as a UUID, or `InvalidArgument` naming the argument."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise InvalidArgument(f"{name} is not a UUID: {value!r}") from None


def optional_uuid_of(value: Id | None, name: str) -> UUID | None:
    """Like `uuid_of`, None staying None."""
    return None if value is None else uuid_of(value, name)


def prompt_parameters(prompt: Prompt) -> dict[str, str | Jsonb | None]:
    """The `prompt` and `content` parameters: text goes into the one, blocks into the other."""
    if isinstance(prompt, str):
        return {"prompt": prompt, "content": None}
    return {"prompt": None, "content": jsonb(list(prompt))}


def options_parameter(options: Options | None) -> Jsonb:
    """The `options` parameter."""
    if options is None:
        return jsonb({})
    return jsonb(options.to_json() if isinstance(options, RunOptions) else with_schema(options))


def options_with_output(options: Options | None, output_schema: OutputSchema | None) -> Options | None:
    """The options of a run, with the schema that was given beside them."""
    if output_schema is None:
        return options
    if isinstance(options, RunOptions):
        return replace(options, output_schema=output_schema)
    return {**(options or {}), "output_schema": output_schema}


def output_schema_in(options: Options | None) -> OutputSchema | None:
    """The schema among the options of a run."""
    if options is None or isinstance(options, RunOptions):
        return None if options is None else options.output_schema
    return cast("OutputSchema | None", options.get("output_schema"))


def changes_parameter(changes: Mapping[str, object]) -> Jsonb:
    """The `changes` parameter of update_agent."""
    config = changes.get("config")
    if isinstance(config, Mapping):
        changes = {**changes, "config": with_schema(cast("Mapping[str, object]", config))}
    return jsonb(changes)


def callbacks_of(options: Options | None, conn: object) -> RunOptions | None:
    """The options, when they have callbacks; these refuse `conn`, whose transaction may never commit."""
    if not isinstance(options, RunOptions) or (
        options.on_tool_start is None and options.on_tool_complete is None
    ):
        return None
    if conn is not None:
        raise InvalidArgument(
            "on_tool_start and on_tool_complete cannot go with conn: the run exists only after the commit",
            hint="commit, then follow client.stream(run_id)",
        )
    return options


def agent_parameters(
    name: str,
    model: str,
    system_prompt: str | None,
    tools: Sequence[str],
    agents: Sequence[AgentOrId],
    description: str | None,
    max_tokens: int | None,
    temperature: float | None,
    top_k: int | None,
    top_p: float | None,
    metadata: Mapping[str, object] | None,
    config: Mapping[str, object] | None,
) -> dict[str, object]:
    """The parameters of the definition of an agent."""
    return {
        "name": name,
        "model": model,
        "system_prompt": system_prompt,
        "tools": list(tools),
        "agent_ids": [agent.id if isinstance(agent, Agent) else uuid_of(agent, "agents") for agent in agents],
        "description": description,
        "max_tokens": max_tokens,
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "metadata": jsonb({} if metadata is None else metadata),
        "config": jsonb({} if config is None else with_schema(config)),
    }


def refuse_connection(conn: object, method: str, instead: str) -> None:
    """Refuse `conn` where waiting inside the caller's transaction would never end."""
    if conn is not None:
        raise InvalidArgument(
            f"{method} cannot join a transaction: the run stays invisible to every executor until the "
            "transaction commits, so waiting for it inside would hang",
            hint=f"call {instead}(..., conn=conn), commit, then wait_for_run(run_id)",
        )
