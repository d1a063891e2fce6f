"""On the command line: what was used and paid, prices, and prompts that are never cached."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg import Client
from agentpg_executor.cli import main
from agentpg_executor.cli.doctor import examine
from agentpg_executor.cli.exit_codes import ExitCode
from fixtures.clock import Clock
from psycopg.types.json import Jsonb

Conn = psycopg.Connection[dict[str, Any]]
MODEL = "claude-sonnet-5-5"


@pytest.fixture
def client(database: str) -> Any:
    with Client(database) as opened:
        yield opened


@pytest.fixture
def cli(database: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--database-url", database])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def answered(conn: Conn, client: Client) -> Callable[..., UUID]:
    """Runs an agent once; `usage` is what the API says of it."""
    row = conn.execute("select instance_id from agentpg.register_instance('tester')").fetchone()
    assert row is not None

    def run(agent: str, usage: dict[str, Any], *, model: str = MODEL, append: str | None = None) -> UUID:
        made = client.get_or_create_agent(agent, model=model)
        options = None if append is None else {"append_instructions": append}
        run_id = client.run_fast(client.new_session(), made.id, "Hello?", options=options)
        claim = conn.execute("select * from agentpg.claim_runs(%s)", (row["instance_id"],)).fetchone()
        assert claim is not None
        reply = {
            "id": "msg_1",
            "role": "assistant",
            "content": [{"type": "text", "text": "Yes."}],
            "stop_reason": "end_turn",
            "usage": usage,
        }
        conn.execute(
            "select agentpg.record_response(%s, %s, %s)",
            (claim["iteration_id"], claim["lease_token"], Jsonb(reply)),
        )
        return run_id

    return run


def test_costs_by_day_and_by_agent(cli: Any, clock: Clock, answered: Any) -> None:
    clock.set(datetime.fromisoformat("2026-11-21T10:00:00+00:00"))
    answered("a", {"input_tokens": 1000, "output_tokens": 100, "cache_read_input_tokens": 3000})
    clock.set(datetime.fromisoformat("2026-11-22T10:00:00+00:00"))
    answered("b", {"input_tokens": 10}, model="claude-of-2031")
    code, out, err = cli("costs")
    assert code == 0
    assert " ".join(out.splitlines()[0].split()) == "day calls input written read hit rate output cost"
    assert "unpriced" in out.splitlines()[1]
    assert " ".join(out.splitlines()[2].split()) == "2026-11-21 1 1,000 0 3,000 75% 100 $0.0033"
    assert "1 call without a price" in err
    code, out, _ = cli(
        "costs", "--by", "agent", "--since", "2026-11-21", "--until", "2026-11-22", "-o", "json"
    )
    (cost,) = json.loads(out)["costs"]
    assert (cost["name"], cost["calls"], cost["cost_usd"], cost["cache_hit_rate"]) == ("a", 1, 0.0033, 0.75)
    _, out, _ = cli("costs", "--by", "model", "--agent", "b", "-o", "jsonl")
    assert [json.loads(line)["key"] for line in out.splitlines()] == ["claude-of-2031"]
    assert cli("costs", "--since", "2027-01-01")[2].startswith("no model calls there")
    code, _, err = cli("costs", "--since", "soon")
    assert code == ExitCode.USAGE
    assert "'soon' is no time" in err


def test_costs_of_one_run_or_session(cli: Any, answered: Any, client: Client) -> None:
    run_id = answered("a", {"input_tokens": 1000})
    answered("a", {"input_tokens": 5000})
    _, out, _ = cli("costs", "--by", "tree", "--run", str(run_id), "-o", "json")
    assert [cost["input_tokens"] for cost in json.loads(out)["costs"]] == [1000]
    session = str(client.get_run(run_id).session_id)
    _, out, _ = cli("costs", "--by", "session", "--session", session, "--since", "2h", "-o", "json")
    assert [(cost["key"], cost["input_tokens"]) for cost in json.loads(out)["costs"]] == [(session, 1000)]


def test_a_model_is_shown_and_exported_as_it_can_be_updated(cli: Any, tmp_path: Path) -> None:
    code, out, _ = cli("models", "show", "claude-opus-5")
    assert code == 0
    assert "fast" in out
    assert "6.25" in out
    code, _, err = cli("models", "show", "claude-of-2031")
    assert code == ExitCode.NOT_FOUND
    assert "nothing is known of model 'claude-of-2031'" in err
    _, exported, _ = cli("models", "export")
    file = tmp_path / "models.json"
    file.write_text(exported)
    code, out, err = cli("models", "update", "--file", str(file), "--dry-run")
    assert code == 0
    assert out == ""
    assert err.strip().endswith("0 values would be changed")


def test_a_dry_run_shows_what_an_update_changes(cli: Any, tmp_path: Path, client: Client) -> None:
    file = tmp_path / "models.json"
    price = {"effective_on": "2026-12-01", "input_usd": 3, "output_usd": 9, "cache_read_usd": 0.3}
    file.write_text(json.dumps([{"id": "claude-opus-5", "max_output_tokens": 64000, "prices": [price]}]))
    before = client.export_models()
    code, out, err = cli("models", "update", "--file", str(file), "--dry-run")
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert ["claude-opus-5", "max_output_tokens", "128,000", "64,000"] in lines
    assert ["claude-opus-5", "from", "2026-12-01", "cache_write_5m_usd", "3.75"] in lines
    assert "1 entry read; 8 values would be changed" in err
    assert client.export_models() == before
    code, out, _ = cli("models", "update", "--file", str(file), "-o", "json")
    assert code == 0
    assert {"what": "claude-opus-5 max_output_tokens", "was": "128,000", "becomes": "64,000"} in json.loads(
        out
    )["changes"]
    assert client.export_models("claude-opus-5")["models"][0]["max_output_tokens"] == 64000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"id": "x", "prices": [{"input_usd": 1}]}]', "models[0].prices[0] has no effective_on"),
        ('[{"id": "x"}, {"id": "y", "max_tokens": 1}]', "models[1] has unknown keys: max_tokens"),
        ('{"server_tools": [{}]}', "server_tools[0] has no counter"),
        ('"models"', "there are no models"),
        ("[{", "cannot read models"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(
    cli: Any, tmp_path: Path, client: Client, content: str, said: str
) -> None:
    before = client.export_models()
    file = tmp_path / "models.json"
    file.write_text(content)
    code, out, err = cli("models", "update", "--file", str(file))
    assert (code, out) == (ExitCode.USAGE, "")
    assert said in err
    assert client.export_models() == before


def test_an_agent_shows_what_keeps_its_prompt_out_of_the_cache(cli: Any, answered: Any) -> None:
    for minute in (1, 2):
        answered("clock", {"input_tokens": 10}, append=f"It is 10:0{minute}:00.")
    code, out, err = cli("agents", "show", "clock")
    assert code == 0
    assert "the system prompt has a time in it, '10:02:00' (2 prompts in 2 runs)" in " ".join(err.split())
    _, out, _ = cli("agents", "show", "clock", "-o", "json")
    assert [warning["fragment"] for warning in json.loads(out)["prompt_warnings"]] == ["10:02:00"]


def test_doctor_names_agents_whose_prompts_are_never_cached(
    database: str, answered: Any, client: Client
) -> None:
    for number in range(20):
        answered("forgetful", {"input_tokens": 20_000}, append=f"It is 10:00:{number + 10}.")
        answered("brief", {"input_tokens": 20})
        answered("thrifty", {"input_tokens": 100, "cache_read_input_tokens": 20_000})
    answered("thrifty", {"input_tokens": 1}, model="claude-of-2031")
    findings = {finding.check: finding for finding in examine(database) if finding.verdict == "WARN"}
    cache = findings["prompt cache"]
    assert cache.what == "agent forgetful: 0% of 20,000 tokens a call from the cache, in 20 calls"
    assert cache.why == "its system prompt changes from run to run: 10:00:29"
    assert findings["system prompts"].what == "agent forgetful: 20 of them in its last 20 runs"
    assert "prices" not in findings
    answered("new", {"input_tokens": 1}, model="claude-of-2031")
    findings = {finding.check: finding for finding in examine(database) if finding.verdict == "WARN"}
    assert findings["prices"].what == "1 call of the last 7 days without a price: claude-of-2031"
