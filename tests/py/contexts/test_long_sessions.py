"""A session of 10,000 messages is summarized in parts: nobody ever holds all of it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from itertools import count, repeat
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg_executor.testing import validate_request
from psycopg.types.json import Jsonb

from .answers import summary

Conn = psycopg.Connection[dict[str, Any]]
MESSAGES, BYTES = 9_998, 10_000_000
INPUT_TOKENS = 90_000
MB = 1 << 20


class Process:
    """The memory of the server process behind a connection."""

    def __init__(self, conn: Conn) -> None:
        self._proc = Path(f"/proc/{conn.info.backend_pid}")
        self._before = self._read("RssAnon")
        (self._proc / "clear_refs").write_text("5")

    def _read(self, name: str) -> int:
        lines = (self._proc / "status").read_text().splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith(f"{name}:")))

    @property
    def peak(self) -> int:
        """The most bytes of its own that it held since then; the shared cache does not count."""
        return self._read("VmHWM") - self._read("RssShmem") - self._read("RssFile") - self._before


@pytest.fixture
def long_session(conn: Conn) -> UUID:
    conn.execute("set search_path = agentpg_test, public")
    settings = {"compaction": {"summarizer_input_tokens": INPUT_TOKENS}}
    conn.execute("select agentpg.configure(%s)", [Jsonb(settings)])
    conn.execute("select given_instance('{look}'), given_agent(tools => '{look}')")
    conn.execute("select given_run(), claim_one(), answer(reply_text('Answer 1.'))")
    conn.execute(Path(__file__).with_name("_ten_thousand.sql").read_bytes())
    conn.execute(
        "update agentpg.runs set state = 'cancelled', finalized_at = now(), blocked = false where blocked"
    )
    conn.execute("vacuum analyze agentpg.messages")
    row = conn.execute(
        "select count(*), sum(length(content::text)) as bytes from agentpg.messages"
    ).fetchone()
    assert row is not None
    assert (row["count"], row["bytes"] > BYTES) == (MESSAGES, True)
    row = conn.execute(
        "update agentpg.sessions set context_tokens = %s returning id", [BYTES // 4]
    ).fetchone()
    assert row is not None
    return row["id"]


def requests(conn: Conn) -> Iterator[dict[str, Any]]:
    """What is handed out, one call after the other; each is answered, the last one ends the run."""
    for number in count(1):
        claim = conn.execute("select * from agentpg.claim_runs(instance_id())").fetchone()
        if claim is None:
            return
        yield claim
        answer = summary("good", claim["request"], repeat(number))
        conn.execute(
            "select * from agentpg.record_response(%s, %s, %s)",
            [claim["iteration_id"], claim["lease_token"], Jsonb(answer)],
        )


@pytest.mark.parametrize("apart", [False, True], ids=["by a run between its calls", "by a run of its own"])
def test_ten_thousand_messages_are_summarized_in_parts(conn: Conn, long_session: UUID, apart: bool) -> None:
    backend = Process(conn)
    create = "select agentpg.create_run(session_id(), agent_id(), 'And now?')"
    conn.execute("select (agentpg.compact(session_id())).run_id" if apart else create.encode())
    tracemalloc.start()
    sizes: list[int] = []
    for claim in requests(conn):
        assert validate_request(claim["request"]) is None
        if claim["compaction_id"] is not None:
            sizes.append(len(claim["request"]["messages"][0]["content"]))
            if len(sizes) > 1:
                assert f"Summary {len(sizes) - 1}." in claim["request"]["messages"][0]["content"]
    worker = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    done = conn.execute("select * from agentpg.compactions").fetchall()
    assert [(each["state"], each["summary_calls"]) for each in done] == [("applied", len(sizes))]
    assert done[0]["summary"] == f"Summary {len(sizes)}."
    assert len(sizes) > BYTES / 4 / INPUT_TOKENS
    assert max(sizes) < 3 * INPUT_TOKENS + 2000, "three characters a token, and the words around them"
    shown = conn.execute("select * from agentpg._context_messages(%s)", [long_session]).fetchall()
    assert len(shown) < 200
    assert backend.peak < 150 * MB, f"{backend.peak // MB} MB"
    assert worker < 10 * MB, f"{worker // MB} MB"
    print(f"\n{len(sizes)} calls; {backend.peak // MB} MB in the backend, {worker / MB:.1f} MB in the worker")
