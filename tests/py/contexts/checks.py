"""What holds after each step, whatever was done: read from the tables and from the requests alone."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from agentpg_executor.testing import validate_request
from model_based.engine import Engine, Row

from .answers import blocks_of

Json = dict[str, Any]
SUMMARY = "[The earlier part of this conversation was summarized"
PLACEHOLDER = "[Output left out to keep the conversation short."

_RUNS = """
select r.id, r.session_id, r.iteration_id, r.compaction_id, agentpg._build_request(r) as request
from agentpg.runs r
where r.finalized_at is null and not r.blocked and r.state in ('pending', 'streaming')
"""
_SESSIONS = """
select s.id, s.compaction_id, c.cut_seq, c.summary, c.placeholder_seqs::text as placeholders,
  s.superseded_seqs::text as superseded, s.forked_from_session_id as origin, s.forked_at_seq
from agentpg.sessions s left join agentpg.compactions c on c.id = s.compaction_id
"""
_CONTEXTS = """
select s.id, c.seq, c.content::text as content
from agentpg.sessions s cross join lateral agentpg._context_messages(s.id) c
"""
ASTRAY = """
select 'nobody summarizes' as what, c.id from agentpg.compactions c
where c.state = 'summarizing' and not exists (
  select from agentpg.runs r where r.id = c.run_id and r.compaction_id = c.id and r.finalized_at is null)
union all
select 'ready for nothing', c.id from agentpg.compactions c
where c.state = 'ready' and not exists (
  select from agentpg.sessions s
  where s.id = c.session_id and s.compaction_ready and agentpg._turn_is_active(s.id))
union all
select 'nothing is ready', s.id from agentpg.sessions s
where s.compaction_ready and not exists (
  select from agentpg.compactions c where c.session_id = s.id and c.state = 'ready')
union all
select 'summarizes for nothing', r.id from agentpg.runs r
where r.compaction_id is not null and not exists (
  select from agentpg.compactions c where c.id = r.compaction_id and c.state = 'summarizing')
union all
select 'in force but not applied', s.id
from agentpg.sessions s join agentpg.compactions c on c.id = s.compaction_id
where c.state <> 'applied' or (c.restored_at is not null and c.session_id = s.id)
union all
select 'tells of a regenerated turn', s.id
from agentpg.sessions s join agentpg.compactions c on c.id = s.compaction_id
where coalesce(s.superseded_seqs, '{}') * int8multirange(int8range(null, c.cut_seq, '[]'))
  <> coalesce(c.superseded_seqs, '{}')
"""


def check_request(request: Json) -> None:
    """The API would take it."""
    problem = validate_request(request)
    assert problem is None, f"the API refuses the request: {problem}\n{_short(request)}"
    calls = {block["id"] for block in blocks_of(request) if block["type"] == "server_tool_use"}
    results = {b["tool_use_id"] for b in blocks_of(request) if b["type"].endswith("_tool_result")}
    assert results <= calls, f"results of the API's own tools without their calls\n{_short(request)}"


def _short(request: Json) -> str:
    return "\n".join(
        f"  {message['role']}: "
        + (
            message["content"][:200]
            if isinstance(message["content"], str)
            else str([_name(b) for b in message["content"]])
        )
        for message in request["messages"]
    )


def _name(block: Json) -> str:
    said = block.get("text") or block.get("thinking") or ""
    return f"{block['type']} {block.get('id') or block.get('tool_use_id') or said[:40]}"


class Memory:
    """What each context showed, message by message, under each compaction: it may only grow."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._checks = 0
        self._shown: dict[tuple[UUID, UUID | None], dict[int, str]] = {}

    def check(self, held: dict[UUID, Json]) -> None:
        """AssertionError where anything is not as it must be. `held` are requests by iteration."""
        self._checks += 1
        if self._checks % 5 == 0:
            self.check_invariants()
        astray = self._engine.table(ASTRAY)
        assert not astray, astray
        sessions = {row["id"]: row for row in self._engine.table(_SESSIONS)}
        contexts: dict[UUID, dict[int, str]] = {id: {} for id in sessions}
        for row in self._engine.table(_CONTEXTS):
            assert row["seq"] not in contexts[row["id"]], "a message is shown twice"
            contexts[row["id"]][row["seq"]] = row["content"]
        for session in sessions.values():
            self._compare(session, contexts[session["id"]])
        for run in self._engine.table(_RUNS):
            check_request(run["request"])
            if run["iteration_id"] in held:
                assert run["request"] == held[run["iteration_id"]], (
                    "a request changed while somebody worked on it"
                )
            if run["compaction_id"] is None:
                self._check_context(sessions[run["session_id"]], run["request"])

    def check_invariants(self) -> None:
        """Those that the engine itself has a view of: it reads everything, so not at each step."""
        broken = self._engine.table("select * from agentpg.invariant_violations")
        assert not broken, broken

    def _compare(self, session: Row, shown: dict[int, str]) -> None:
        """What was shown under a compaction is shown again, byte for byte, unless it was regenerated."""
        before = self._shown.get((session["id"], session["compaction_id"]), {})
        if not before and session["origin"] is not None:
            before = {
                seq: text
                for seq, text in self._shown.get((session["origin"], session["compaction_id"]), {}).items()
                if seq <= session["forked_at_seq"]
            }
        superseded = ranges(session["superseded"])
        for seq, text in before.items():
            if not within(seq, superseded):
                assert shown.get(seq) == text, f"message {seq} of {session['id']} is shown otherwise"
        later = max(before, default=0)
        assert all(seq > later for seq in shown if seq not in before), "a context shows more than it did"
        self._shown[session["id"], session["compaction_id"]] = shown

    def _check_context(self, session: Row, request: Json) -> None:
        """The summary first and alone, then each message from the cut on; only thinking may be missing."""
        said = self._engine.rows(
            "session_messages", session_id=session["id"], after_seq=session["cut_seq"] or 0
        )
        wanted: list[Json] = []
        if session["summary"] is not None:
            wanted.append({"type": "text", "text": f"{SUMMARY} to keep it short.]\n\n{session['summary']}"})
        placeholders = ranges(session["placeholders"])
        for row in said:
            hidden = within(row["seq"], placeholders)
            wanted += [placed(block) if hidden else block for block in row["content"]]
        sent = [
            block for block in blocks_of(request) if block["type"] not in ("thinking", "redacted_thinking")
        ]
        answered = {block["tool_use_id"] for block in wanted if "tool_use_id" in block}
        expected = [
            block
            for block in wanted
            if block["type"] not in ("thinking", "redacted_thinking")
            and (block["type"] != "server_tool_use" or block["id"] in answered or block in sent)
        ]
        assert sent == expected, f"{_short(request)}\n  wanted {[_name(block) for block in expected]}"
        first = [place for place, block in enumerate(sent) if block.get("text", "").startswith(SUMMARY)]
        assert first == ([0] if session["summary"] is not None else []), f"summaries at {first}"


def placed(block: Json) -> Json:
    """A tool result as a placeholder shows it: output of some length is left out."""
    if block["type"] != "tool_result" or len(json.dumps(block.get("content"))) <= 200:
        return block
    return {**block, "content": f"{PLACEHOLDER} Call the tool again if it is needed.]"}


def ranges(text: str | None) -> list[tuple[int, int]]:
    """A multirange as pairs of first and first not."""
    pairs = json.loads("[" + (text or "{}")[1:-1].replace(")", "]") + "]")
    return [(low, high) for low, high in pairs]


def within(seq: int, spans: list[tuple[int, int]]) -> bool:
    return any(low <= seq < high for low, high in spans)
