"""Agents: define, find, change, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import LiteralString

from agentpg._arguments import AgentOrId, Id, agent_parameters, changes_parameter, uuid_of
from agentpg._async.base import AsyncMethods
from agentpg._async.calls import AnyAsyncConnection
from agentpg._json import jsonb, jsonb_or_none
from agentpg._rows import build
from agentpg.types import Agent

_AGENT: LiteralString = """
(
  name => %(name)s::text,
  model => %(model)s::text,
  system_prompt => %(system_prompt)s::text,
  tools => %(tools)s::text[],
  agent_ids => %(agent_ids)s::uuid[],
  description => %(description)s::text,
  max_tokens => %(max_tokens)s::int,
  temperature => %(temperature)s::numeric,
  top_k => %(top_k)s::int,
  top_p => %(top_p)s::numeric,
  metadata => %(metadata)s,
  config => %(config)s
)
"""


class AsyncAgentMethods(AsyncMethods):
    """Every method takes `conn` to join the caller's own transaction."""

    async def create_agent(
        self,
        name: str,
        *,
        model: str,
        system_prompt: str | None = None,
        tools: Sequence[str] = (),
        agents: Sequence[AgentOrId] = (),
        agent_ids: Sequence[Id] = (),
        description: str | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        metadata: Mapping[str, object] | None = None,
        config: Mapping[str, object] | None = None,
        conn: AnyAsyncConnection | None = None,
    ) -> Agent:
        """Create an agent; `AgentExists` if there is one with this name and metadata.

        `tools` are names of registered tools, `agents` (or `agent_ids`) the agents it may delegate to.
        `config` has the keys of `RequestFeatures` and of the engine's own.
        """
        row = await self._calls.row(
            "select * from agentpg.create_agent" + _AGENT,
            agent_parameters(
                name,
                model,
                system_prompt,
                tools,
                [*agents, *agent_ids],
                description,
                max_tokens,
                temperature,
                top_k,
                top_p,
                metadata,
                config,
            ),
            conn=conn,
        )
        return build(Agent, row)

    async def get_or_create_agent(
        self,
        name: str,
        *,
        model: str,
        system_prompt: str | None = None,
        tools: Sequence[str] = (),
        agents: Sequence[AgentOrId] = (),
        agent_ids: Sequence[Id] = (),
        description: str | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        metadata: Mapping[str, object] | None = None,
        config: Mapping[str, object] | None = None,
        conn: AnyAsyncConnection | None = None,
    ) -> Agent:
        """The agent with this name and metadata, created if there is none; an existing one is not changed."""
        row = await self._calls.row(
            "select * from agentpg.get_or_create_agent" + _AGENT,
            agent_parameters(
                name,
                model,
                system_prompt,
                tools,
                [*agents, *agent_ids],
                description,
                max_tokens,
                temperature,
                top_k,
                top_p,
                metadata,
                config,
            ),
            conn=conn,
            repeatable=True,
        )
        return build(Agent, row)

    async def update_agent(
        self,
        agent_id: Id,
        changes: Mapping[str, object],
        *,
        conn: AnyAsyncConnection | None = None,
    ) -> Agent:
        """Change the named columns, as in `{"model": "…"}`; runs that have started keep the old ones."""
        row = await self._calls.row(
            "select * from agentpg.update_agent(agent_id => %(agent_id)s::uuid, changes => %(changes)s)",
            {"agent_id": uuid_of(agent_id, "agent_id"), "changes": changes_parameter(changes)},
            conn=conn,
        )
        return build(Agent, row)

    async def delete_agent(self, agent_id: Id, *, conn: AnyAsyncConnection | None = None) -> bool:
        """Delete an agent: it takes no new runs, its past stays readable. False if it was deleted before."""
        deleted: bool = await self._calls.value(
            "select agentpg.delete_agent(agent_id => %(agent_id)s::uuid)",
            {"agent_id": uuid_of(agent_id, "agent_id")},
            conn=conn,
        )
        return deleted

    async def get_agent_by_id(self, agent_id: Id, *, conn: AnyAsyncConnection | None = None) -> Agent:
        """The agent with this id; `AgentNotFound` if there is none."""
        row = await self._calls.row(
            "select * from agentpg.get_agent(agent_id => %(agent_id)s::uuid)",
            {"agent_id": uuid_of(agent_id, "agent_id")},
            conn=conn,
            repeatable=True,
        )
        return build(Agent, row)

    get_agent = get_agent_by_id

    async def get_agent_by_name(
        self,
        name: str,
        *,
        metadata: Mapping[str, object] | None = None,
        conn: AnyAsyncConnection | None = None,
    ) -> Agent:
        """The agent with exactly this name and metadata; `AgentNotFound` if there is none."""
        row = await self._calls.row(
            "select * from agentpg.find_agent(name => %(name)s::text, metadata => %(metadata)s)",
            {"name": name, "metadata": jsonb({} if metadata is None else metadata)},
            conn=conn,
            repeatable=True,
        )
        return build(Agent, row)

    async def list_agents(
        self,
        *,
        metadata: Mapping[str, object] | None = None,
        max_count: int = 100,
        skip: int = 0,
        conn: AnyAsyncConnection | None = None,
    ) -> tuple[list[Agent], int]:
        """One page of the agents whose metadata contains `metadata`, and how many there are in all."""
        rows = await self._calls.rows(
            """
            select (listed.agent).*, listed.total
            from agentpg.list_agents(
              metadata => %(metadata)s,
              max_count => %(max_count)s::int,
              skip => %(skip)s::int
            ) as listed
            """,
            {"metadata": jsonb_or_none(metadata), "max_count": max_count, "skip": skip},
            conn=conn,
            repeatable=True,
        )
        agents = [build(Agent, row) for row in rows if row["id"] is not None]
        return agents, rows[0]["total"] if rows else 0
