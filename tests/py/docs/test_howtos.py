"""The code of the README and of the how-tos runs where it is marked as tested; links lead somewhere."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from agentpg import Client, OnBusy, RunOptions, RunState
from agentpg_executor import Executor
from agentpg_executor.testing import FakeClaude, call, max_tokens_cut
from fixtures.databases import Database
from psycopg import sql

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", ROOT / "examples" / "README.md", *(ROOT / "docs").rglob("*.md")])
ROLES = ("dashboard", "app", "worker")


def marked_blocks(page: Path) -> Iterator[tuple[str, str, str | None]]:
    """Language, text and expected SQLSTATE of the marked blocks."""
    text = page.read_text(encoding="utf-8")
    for mark in re.finditer(r"^<!-- tested(?:: (\w+))? -->\n```(\w+)\n(.*?)^```$", text, re.M | re.S):
        yield mark[2], mark[3], mark[1]


def run_sql(page: Path, conn: psycopg.Connection[dict[str, Any]]) -> int:
    count = 0
    for language, text, sqlstate in marked_blocks(page):
        assert language == "sql"
        count += 1
        if sqlstate is None:
            conn.execute(text.encode())
            continue
        with pytest.raises(psycopg.Error) as refused:
            conn.execute(text.encode())
        assert refused.value.sqlstate == sqlstate
        said = [line.partition(": ")[2].strip() for line in text.splitlines() if line.startswith("-- ")]
        diag = refused.value.diag
        assert said == [f"{sqlstate}: {diag.message_primary}", diag.message_hint, diag.message_detail]
    return count


def test_runs_are_started_and_read_by_sql_alone(
    docs: Path, database: Database, fake_claude: FakeClaude
) -> None:
    with database.connect() as conn:
        assert run_sql(docs / "howto" / "call-from-another-language.md", conn) == 7
        row = conn.execute(
            "select state, prompt from agentpg.run_details where turn = 1 order by id"
        ).fetchall()
    assert [each["prompt"] for each in row] == [
        "Thank the customer for order 7: an umbrella.",
        "Thank the customer for order 8.",
        "Thank the customer for order 9.",
        "Thank the customer for order 8: raincoat.",
    ]


def test_models_are_updated(docs: Path, conn: psycopg.Connection[dict[str, Any]]) -> None:
    assert run_sql(docs / "howto" / "update-models-and-prices.md", conn) == 1
    prices = conn.execute("select * from agentpg.model_prices where model = 'claude-example-7'").fetchall()
    assert sorted(row["above_prompt_tokens"] for row in prices) == [0, 200000]


def test_a_conversation_is_compacted(docs: Path, database: Database) -> None:
    with Client(database) as client:
        agent = client.create_agent("assistant", model="claude-sonnet-5-5")
        client.run_fast(client.new_session(), agent.id, "Hello.")
    with database.connect() as conn:
        assert run_sql(docs / "howto" / "long-conversations.md", conn) == 2


def test_images_and_documents_are_sent(docs: Path, database: Database) -> None:
    with Client(database) as client:
        client.create_agent("assistant", model="claude-sonnet-5-5")
    with database.connect() as conn:
        assert run_sql(docs / "howto" / "send-images-and-documents.md", conn) == 3
        rows = conn.execute("select content from agentpg.run_details order by created_at").fetchall()
    assert [row["content"][1]["type"] for row in rows] == ["image", "document"]
    assert rows[1]["content"][1]["source"]["data"] == "JVBERi0xLjcg4oCm"


def test_features_are_asked_for(docs: Path, database: Database) -> None:
    with database.connect() as conn:
        assert run_sql(docs / "howto" / "request-features.md", conn) == 4
        bodies = conn.execute(
            "select p.body -> 'output_config' as asked from agentpg.runs r"
            " join agentpg.prompt_prefixes p on p.id = r.prefix_id order by r.id"
        ).fetchall()
    assert bodies[0]["asked"] == {"effort": "low"}
    assert bodies[1]["asked"]["effort"] == "high"
    assert bodies[1]["asked"]["format"]["schema"]["additionalProperties"] is False


def test_a_function_says_which_calls_wait(docs: Path, conn: psycopg.Connection[dict[str, Any]]) -> None:
    assert run_sql(docs / "howto" / "approve-tool-calls.md", conn) == 1
    row = conn.execute("select approval from agentpg.tools where name = 'refund'").fetchone()
    assert row == {"approval": "shop.refund_needs_a_person(text,jsonb,uuid)"}


@pytest.fixture
def no_roles(conn: psycopg.Connection[dict[str, Any]]) -> Iterator[None]:
    """Roles belong to the server, not to the database: they go with the test."""
    yield
    for role in ROLES:
        for statement in ("drop owned by {}", "drop role {}"):
            conn.execute(sql.SQL(statement).format(sql.Identifier(role)))


@pytest.mark.usefixtures("no_roles")
def test_access_is_granted(docs: Path, conn: psycopg.Connection[dict[str, Any]]) -> None:
    assert run_sql(docs / "howto" / "grant-access.md", conn) == 1
    may = {
        (role, function): conn.execute(
            "select has_function_privilege(%s, p.oid, 'execute') as may from pg_proc p"
            " where p.pronamespace = 'agentpg'::regnamespace and p.proname = %s",
            [role, function],
        ).fetchone()["may"]  # type: ignore[index]
        for role in ROLES
        for function in ("get_run", "create_run", "claim_runs", "configure")
    }
    assert {key for key, allowed in may.items() if allowed} == {
        ("dashboard", "get_run"),
        ("app", "get_run"),
        ("app", "create_run"),
        ("worker", "get_run"),
        ("worker", "claim_runs"),
    }


def test_events_are_read_by_sql_alone(docs: Path, database: Database) -> None:
    with database.connect() as conn:
        conn.execute(
            """
            select agentpg.create_run(
              agentpg.create_session(), (agentpg.create_agent('a', 'claude-haiku-5-5')).id, 'Hello.'
            );
            select agentpg.record_response(c.iteration_id, c.lease_token, '{"role": "assistant",
              "stop_reason": "end_turn", "content": [{"type": "text", "text": "Hello."}]}')
            from agentpg.register_instance() i, agentpg.claim_runs(i.instance_id) c
            """
        )
        ((_, text, _),) = marked_blocks(docs / "howto" / "watch-runs.md")
        kinds = [row["kind"] for row in conn.execute(text.encode())]
    assert kinds == ["model_call_finished", "run_ended"]


def test_a_client_goes_through_pgbouncer(
    docs: Path, database: Database, pooled_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ((language, text, _),) = marked_blocks(docs / "howto" / "use-pgbouncer.md")
    assert language == "python"
    exec(text, {"POOLED_DSN": pooled_dsn, "DIRECT_DSN": database.dsn})
    assert capsys.readouterr().out == "[]\n"


async def test_turns_are_taken_up_again(docs: Path, database: Database, fake_claude: FakeClaude) -> None:
    ((language, text, _),) = marked_blocks(docs / "howto" / "continue-and-regenerate.md")
    assert language == "python"
    fake_claude.script([max_tokens_cut("Rain,"), "rain."])
    with Client(database.dsn) as client, database.connect() as conn:
        agent = client.create_agent("poet", model="claude-haiku-5-5")
        names = {"client": client, "agent": agent, "session": client.new_session()}
        names |= {"OnBusy": OnBusy, "RunOptions": RunOptions, "RunState": RunState}
        async with Executor(database.dsn, api_key=fake_claude.api_key, base_url=fake_claude.base_url):
            await asyncio.to_thread(exec, text, names)
        rows = conn.execute("select prompt, state::text, response_text from agentpg.run_details order by id")
        found = [tuple(row.values()) for row in rows]
    assert [(prompt, state) for prompt, state, _ in found] == [
        ("Write a poem about rain.", "completed"),
        ("Write a poem about rain.", "completed"),
        ("Now as a haiku.", "completed"),
        ("A longer one.", "cancelled"),
        ("No, a shorter one.", "completed"),
    ]
    assert found[0][2] == "rain."


@pytest.mark.timeout(120)
def test_the_tests_of_the_page_about_tests_pass(docs: Path, database: Database, tmp_path: Path) -> None:
    ((language, text, _),) = marked_blocks(docs / "howto" / "test-without-network.md")
    assert language == "python"
    (tmp_path / "test_it.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-o",
            "asyncio_mode=auto",
            "-p",
            "no:cacheprovider",
            "test_it.py",
        ],
        cwd=tmp_path,
        env={**os.environ, "DATABASE_URL": database.dsn},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert "4 passed" in done.stdout, done.stdout + done.stderr


def readme(root: Path, language: str) -> str:
    text = (root / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
    return str(block)


@pytest.mark.timeout(120)
def test_the_python_of_the_readme(
    root: Path, database: Database, fake_claude: FakeClaude, tmp_path: Path
) -> None:
    fake_claude.script([call("add", a=17, b=25), "It is 42."])
    (tmp_path / "sums.py").write_text(readme(root, "python"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "sums.py"],
        cwd=tmp_path,
        env={**os.environ, **fake_claude.environment, "DATABASE_URL": database.dsn},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert re.fullmatch(r"It is 42\. 0\.00\d+\n", done.stdout), done.stdout + done.stderr


async def test_the_sql_of_the_readme(root: Path, database: Database, fake_claude: FakeClaude) -> None:
    path = os.pathsep.join([os.environ.get("PATH", ""), str(database.server.bin_dir)])
    psql = shutil.which("psql", path=path)
    if psql is None:
        pytest.skip("the program psql is not installed")
    with Client(database.dsn) as client, database.connect() as conn:
        client.create_agent("clerk", model="claude-haiku-5-5")
        conn.execute("create table orders (id int, item text)")
        started = await asyncio.to_thread(
            subprocess.run,
            [psql, "--no-psqlrc", "--set=ON_ERROR_STOP=1", database.dsn],
            input=readme(root, "sql"), capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert started.returncode == 0, started.stderr
        assert "created" in started.stdout
        (run,) = client.list_runs()
        async with Executor(database.dsn, api_key=fake_claude.api_key, base_url=fake_claude.base_url):
            response = await asyncio.to_thread(client.wait_for_run, run.id, timeout=30)
    assert response.text == "You said: Thank the customer of order 7."


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_the_page_leads_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def without_code(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def anchors(page: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", without_code(page), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
