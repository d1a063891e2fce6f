"""A database driven step by step, and all that it says in the end, with labels for what is drawn by chance."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from .engine import Engine, Row

CHANNELS = ("run_created", "run_state", "run_finalized", "tool_pending", "tools_complete", "run_event", "approval_requested")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CHANGING = ("runs", "sessions", "tool_executions", "run_streams")
_BY_CHANCE = ("lease_token", "context_checksum")
_TABLES = """
select c.relname as name from pg_class c
where c.relnamespace = 'agentpg'::regnamespace and c.relkind = 'r' order by c.relname
"""
_CALLS = """
select e.id, e.run_id, e.message_seq, e.block_index, e.child_run_id, i.session_id as child_session_id
from agentpg.tool_executions e left join agentpg.run_inputs i on i.run_id = e.child_run_id
order by e.message_seq, e.block_index
"""
TOOLS: list[dict[str, Any]] = [
    {"name": "lookup", "input_schema": {"type": "object"}},
    {"name": "write", "input_schema": {"type": "object"}, "max_attempts": 3},
    {"name": "orphan", "input_schema": {"type": "object"}},
    {"name": "secret", "input_schema": {"type": "object"}},
    {"name": "danger", "input_schema": {"type": "object"}, "approval": True},
]
MODEL = "claude-sonnet-4-5"


class World:
    """One database, its clock at rest, and a listener to all of its channels."""

    def __init__(self, conn: psycopg.Connection[Row], listener: psycopg.Connection[Row]) -> None:
        self.engine = Engine(conn)
        self.listener = listener
        listener.execute("; ".join(f"listen agentpg_{channel}" for channel in CHANNELS).encode())
        self._tables = [row["name"] for row in self.engine.table(_TABLES)]
        self.names: dict[str, str] = {}

    def reset(self, notifications: str) -> None:
        self.engine.reset()
        self.names = {}
        self.engine.rows("configure", changes=Jsonb({"notifications": notifications}))
        self.engine.rows("register_tools", instance_id=None, tools=Jsonb(TOOLS))
        (row,) = self.engine.rows("register_instance", name="worker")
        self.instance = row["instance_id"]
        self.name(self.instance, "worker")
        offered = [tool for tool in TOOLS if tool["name"] != "orphan"]
        self.engine.rows("register_tools", instance_id=self.instance, tools=Jsonb(offered))
        names = [tool["name"] for tool in TOOLS if tool["name"] != "secret"]
        self.agents = {"helper": self._agent("helper", tools=["lookup"])}
        self.agents["plain"] = self._agent("plain", tools=["lookup", "write", "orphan"])
        self.agents["asks"] = self._agent("asks", tools=names)
        self.agents["cautious"] = self._agent(
            "cautious", tools=["lookup", "write"], config=Jsonb({"approval": ["write"]})
        )
        self.agents["manager"] = self._agent(
            "manager", tools=["lookup", "write"], agent_ids=[self.agents["helper"]]
        )
        self.told()

    def _agent(self, name: str, **more: Any) -> UUID:
        (row,) = self.engine.rows("create_agent", name=name, model=MODEL, **more)
        self.name(row["id"], name)
        return row["id"]

    def name(self, id: UUID, label: str) -> None:
        self.names[str(id)] = label

    def begin(self, label: str, agent: str, options: dict[str, Any], queued: bool, metadata: dict[str, Any]) -> None:
        session = self.engine.value("create_session", metadata=metadata)
        self.name(session, f"session {label}")
        for turn in range(2 if queued else 1):
            run = self.engine.value(
                "create_run", session_id=session, agent_id=self.agents[agent], prompt="Go on.",
                options=options, variables={"of": label},
            )
            self.name(run, f"{label}.{turn}")

    def watch(self) -> None:
        self.engine.conn.execute("update agentpg.run_streams set watched_until = agentpg.now() + interval '1 hour'")

    def label(self, text: str) -> str:
        """Ids that have a name, by it; those of model calls by their run and number."""
        return _UUID.sub(lambda found: self._name_of(found[0]), text)

    def _name_of(self, id: str) -> str:
        return self.names.get(id) or (
            f"{self.names[id[:-4] + '0000']}#{int(id[-4:], 16)}" if id[:-4] + "0000" in self.names else id
        )

    def learn(self) -> None:
        """Names the tool calls, and the runs of delegates with their sessions."""
        for row in self.engine.table(_CALLS):
            label = f"{self._name_of(str(row['run_id']))} call {row['message_seq']}/{row['block_index']}"
            self.name(row["id"], label)
            if row["child_run_id"]:
                self.names.setdefault(str(row["child_run_id"]), f"delegate of {label}")
                self.names.setdefault(str(row["child_session_id"]), f"session below {label}")

    def told(self) -> Counter[str]:
        """What was sent since the last time; of the events of a stream, how far they go."""
        self.listener.execute("select 1")
        self.learn()
        heard: Counter[str] = Counter()
        reached: dict[str, int] = {}
        for notify in self.listener.notifies(timeout=0):
            payload = json.loads(notify.payload)
            if notify.channel == "agentpg_run_event":
                root = self.label(payload["root_run_id"])
                reached[root] = max(reached.get(root, 0), payload["seq"])
            else:
                heard[self.label(f"{notify.channel} {json.dumps(payload, sort_keys=True)}")] += 1
        return heard + Counter({f"events of {root} to {seq}": 1 for root, seq in reached.items()})

    def said(self, row: Row) -> str:
        """A row that a call returned; of leases, and checksums of sessions by their ids, whether there is one."""
        self.learn()
        shown = {key: bool(value) if key in _BY_CHANCE else value for key, value in row.items()}
        return _UUID.sub("?", self.label(json.dumps(shown, default=str, sort_keys=True)))

    def everything(self, tables: tuple[str, ...] = ()) -> list[str]:
        """All rows of these tables, or of all; ids without a name are numbered in the order of the rows that tell them apart."""
        self.learn()
        rows: list[tuple[str, str]] = []
        for table in tables or self._tables:
            # A hash of ids.
            for row in self.engine.table(f"select to_jsonb(t) - 'request_hash' as row from agentpg.{table} t"):
                text = self.label(f"{table} {json.dumps(row['row'], sort_keys=True)}")
                rows.append((_UUID.sub("?", text), text))
        numbers: dict[str, str] = {}
        return [
            _UUID.sub(lambda found: numbers.setdefault(found[0], f"<{len(numbers)}>"), text)
            for _, text in sorted(rows)
        ]
