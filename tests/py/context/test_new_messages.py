"""Whatever stands in a transcript: held messages and the new ones together are the complete request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg._rows import build
from agentpg.claims import RunClaim
from agentpg_executor._held_messages import HeldMessages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Conn = psycopg.Connection[dict[str, Any]]
Block = dict[str, Any]
Step = tuple[str, Any]

# Few ids, so that calls are answered, answered late, answered twice or never.
_ids = st.sampled_from(["a", "b", "c"])
_text: st.SearchStrategy[Block] = st.sampled_from(
    [{"type": "text", "text": "Hm. \u2603"}, {"type": "text", "text": "Well."}]
)
_thinking: st.SearchStrategy[Block] = st.just({"type": "thinking", "thinking": "…", "signature": "s"})
_call: st.SearchStrategy[Block] = _ids.map(
    lambda i: {"type": "tool_use", "id": f"toolu_{i}", "name": "look", "input": {"n": 1.50}}
)
_server_call: st.SearchStrategy[Block] = st.tuples(
    st.sampled_from(["server_tool_use", "mcp_tool_use"]), _ids
).map(lambda call: {"type": call[0], "id": f"srvtoolu_{call[1]}", "name": "web_search", "input": {}})
_server_result: st.SearchStrategy[Block] = _ids.map(
    lambda i: {"type": "web_search_tool_result", "tool_use_id": f"srvtoolu_{i}", "content": []}
)
_unknown: st.SearchStrategy[Block] = st.just({"type": "hologram", "data": [None, True, 1e3]})
# Large data is stored apart, and long output may become a placeholder.
_image: st.SearchStrategy[Block] = st.sampled_from("xy").map(
    lambda letter: {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": 9000 * letter},
    }
)
_outputs: st.SearchStrategy[str | list[Block]] = st.one_of(
    st.sampled_from(["done", 300 * "done "]), st.lists(_image, min_size=1, max_size=2)
)
_result: st.SearchStrategy[Block] = st.tuples(_ids, _outputs).map(
    lambda given: {"type": "tool_result", "tool_use_id": f"toolu_{given[0]}", "content": given[1]}
)

_answer = st.lists(
    st.one_of(_text, _thinking, _call, _server_call, _server_result, _unknown), min_size=1, max_size=4
)
_results = st.lists(_result, min_size=1, max_size=2)
_marked: st.SearchStrategy[Block] = st.just(
    {"type": "text", "text": "Mark.", "cache_control": {"type": "ephemeral"}}
)
_prompt = st.lists(st.one_of(_text, _text, _image, _result, _unknown, _marked), min_size=1, max_size=2)

_messages: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("assistant"), _answer),
    st.tuples(st.just("user"), _results),
    st.tuples(st.just("user"), _prompt),
)
_changes: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("supersede"), st.integers(1, 5)),
    st.tuples(st.just("fork"), st.integers(0, 5)),
    st.tuples(st.just("compact"), st.tuples(st.integers(0, 6), st.integers(0, 6))),
    st.tuples(st.just("restore"), st.none()),
)
_round: st.SearchStrategy[list[Step]] = st.tuples(_answer, _results).map(
    lambda turn: [("assistant", turn[0]), ("user", turn[1])]
)
_loop: st.SearchStrategy[list[Step]] = st.lists(_round, max_size=4).map(
    lambda rounds: [step for each in rounds for step in each]
)
_talk: st.SearchStrategy[list[Step]] = st.lists(_messages, min_size=3, max_size=8)
_steps: st.SearchStrategy[list[Step]] = st.one_of(
    _talk,
    st.tuples(_talk, st.lists(_changes, max_size=2), _loop).map(lambda parts: parts[0] + parts[1] + parts[2]),
    st.lists(st.one_of(_messages, _messages, _messages, _changes), min_size=1, max_size=14),
)


class Transcript:
    """A session of which each state that a claim could have shown is remembered."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn
        agent = self._one("select id from agentpg.create_agent('agent', 'claude-sonnet-5-5')")["id"]
        session = self._one("select agentpg.create_session() as id")["id"]
        self._agent = agent
        self.run = self._begin(session)
        self.shown: list[HeldMessages] = []

    def take(self, step: Step) -> None:
        kind, value = step
        if kind == "supersede":
            self._conn.execute(
                "update agentpg.sessions s set superseded_seqs = coalesce(superseded_seqs, '{}')"
                " + int8multirange(int8range(greatest(last.seq - %s, 1), last.seq, '[]'))"
                " from (select max(m.seq) as seq from agentpg.messages m where m.session_id = %s) last"
                " where s.id = %s",
                (value, self._session, self._session),
            )
            self.take(("user", [{"type": "text", "text": "Again?"}]))
            return
        if kind == "compact":
            self._compact(*value)
        elif kind == "restore":
            self._conn.execute(
                "update agentpg.sessions set compaction_id = null where id = %s", (self._session,)
            )
        elif kind == "fork":
            row = self._one(
                "select agentpg._fork(s, greatest(0, (select max(m.seq) from agentpg.messages m where"
                " m.session_id = s.id) - %s), s.metadata) as id from agentpg.sessions s where s.id = %s",
                value, self._session,
            )  # fmt: skip
            self.run = self._begin(row["id"])
        else:
            self._conn.execute(
                "select agentpg._append_message(%s, %s, %s, %s, null, null)",
                (self._session, kind, json.dumps(value), self.run),
            )
        held = HeldMessages.of(self.claim(None))
        assert held is not None
        self.shown.append(held)

    def _compact(self, cut: int, as_they_are: int) -> None:
        """So many of the last messages stay after the cut, and so many of those as they are."""
        last = self._one(
            "select max(m.seq) as seq from agentpg.messages m where m.session_id = %s", self._session
        )["seq"]
        cut_seq = max(0, last - cut)
        made = self._one(
            """
            insert into agentpg.compactions (
              session_id, cut_seq, placeholder_seqs, state, cause, strategy, config,
              summarized_seq, chunk_seq, summary, original_tokens, compacted_tokens, messages_removed
            )
            values (%s, %s, int8multirange(int8range(%s, %s)), 'ready', 'manual', 'hybrid', '{}', %s, %s,
              'It was long.', 0, 0, 0)
            returning id
            """,
            self._session, cut_seq, cut_seq + 1, max(cut_seq, last - as_they_are) + 1, cut_seq, cut_seq,
        )  # fmt: skip
        self._conn.execute(
            "select agentpg._put_in_force(c) from agentpg.compactions c where c.id = %s", (made["id"],)
        )

    def claim(self, held: HeldMessages | None) -> RunClaim:
        known = None if held is None else {"seq": held.known.seq, "checksum": held.known.checksum}
        row = self._one(
            "select c.* from agentpg.runs r, agentpg._hand_out_run(r, %s) c where r.id = %s",
            None if known is None else json.dumps(known), self.run,
        )  # fmt: skip
        in_a_group = self._one(
            "select (h.claim).* from agentpg._hand_out_runs(array[%s]::uuid[], %s) h",
            self.run, json.dumps([known]),
        )  # fmt: skip
        assert in_a_group == row
        return build(RunClaim, row)

    def complete(self) -> dict[str, Any]:
        row = self._one(
            "select agentpg._build_request(r) as request from agentpg.runs r where r.id = %s", self.run
        )
        return dict(row["request"])

    def _begin(self, session: UUID) -> UUID:
        self._session = session
        run = self._one("select agentpg.create_run(%s, %s, 'Hello?') as id", session, self._agent)["id"]
        return UUID(str(run))

    def _one(self, statement: str, *values: Any) -> dict[str, Any]:
        row = self._conn.execute(statement.encode(), values).fetchone()
        assert row is not None
        return row


@pytest.fixture(scope="module")
def transaction(shared_database: Any) -> Iterator[Conn]:
    conn: Conn = shared_database.connect(autocommit=False)
    yield conn
    conn.close()


def is_plain(steps: list[Step]) -> bool:
    """Answers and results of tools only."""
    return all(
        kind == "assistant" or (kind == "user" and all(block["type"] == "tool_result" for block in value))
        for kind, value in steps
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_steps)
def test_held_and_new_messages_are_the_complete_request(transaction: Conn, steps: list[Step]) -> None:
    try:
        transcript = Transcript(transaction)
        for step in steps:
            transcript.take(step)
        complete = transcript.complete()
        for number, held in enumerate(transcript.shown):
            claim = transcript.claim(held)
            assert held.completing(claim).request == complete
            since = steps[number + 1 :]
            if since and is_plain(since) and "cache_control" not in str(steps):
                assert claim.messages_after == held.known.seq
                assert sum(len(m["content"]) for m in claim.request["messages"]) == sum(
                    len(value) for _, value in since
                )
    finally:
        transaction.rollback()


def test_a_message_written_anew_is_another_one(transaction: Conn) -> None:
    """A database that was restored to an earlier moment went on from there with other messages."""
    try:
        transcript = Transcript(transaction)
        transaction.execute("savepoint earlier")
        for text in ("The first answer.", "The same answer."):
            transcript.take(("assistant", [{"type": "text", "text": text}]))
        held = transcript.shown[-1]
        transaction.execute("rollback to earlier")
        for text in ("Another answer.", "The same answer.", "And on."):
            transcript.take(("assistant", [{"type": "text", "text": text}]))
        assert transcript.shown[-2].known.seq == held.known.seq
        claim = transcript.claim(held)
        assert claim.messages_after is None
        assert claim.request == transcript.complete()
    finally:
        transaction.rollback()
