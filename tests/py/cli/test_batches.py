"""`agentpg batches` and `agentpg run --batch`."""

from __future__ import annotations

import json
import signal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from agentpg import Agent, Client
from agentpg_executor.cli.exit_codes import ExitCode
from fixtures.batch_steps import BatchSteps, refusal
from fixtures.clock import Clock

from .conftest import MODEL, Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own

Conn = psycopg.Connection[dict[str, Any]]


@pytest.fixture
def ready(cli: Cli, database: str, helper: Agent) -> Cli:
    cli.use(database)
    return cli


@pytest.fixture
def steps(conn: Conn, clock: Clock) -> BatchSteps:
    return BatchSteps(conn, clock, MODEL)


@pytest.fixture
def runs(client: Client, helper: Agent) -> list[UUID]:
    return [client.run(client.new_session(), helper.id, f"prompt {number}") for number in range(2)]


def test_an_empty_list_names_the_next_command(ready: Cli) -> None:
    result = ready("batches", "list")
    assert (result.code, result.out) == (0, "")
    assert "agentpg run AGENT" in result.err
    assert "--batch" in result.err
    empty: dict[str, Any] = {"schema": 1, "queue": [], "batches": [], "next_before": None}
    assert json.loads(ready("batches", "list", "-o", "json").out) == empty
    watched = ready("batches", "watch")
    assert (watched.code, watched.out, watched.err) == (0, "", "no batch is open\n")


def test_what_waits_comes_first(ready: Cli, runs: list[UUID]) -> None:
    result = ready("batches", "list")
    assert result.out.startswith(f"waiting  2 runs of {MODEL}, the oldest for ")
    assert "gathered within " in result.out
    assert "--max-batches" in result.err
    (queue,) = json.loads(ready("batches", "list", "-o", "json").out)["queue"]
    assert (queue["model"], queue["queued"], queue["due"]) == (MODEL, 2, 2)


def test_the_list_tells_where_each_batch_stands(ready: Cli, runs: list[UUID], steps: BatchSteps) -> None:
    batch_id = steps.submit()
    result = ready("batches", "list")
    heads, row = result.out.splitlines()
    assert " ".join(heads.split()) == "batch provider id state done elapsed (usual) cost streamed last error"
    assert row.split()[1] == "msgbatch_01"
    assert "at the provider" in row
    assert "0/2" in row
    assert "--max-batches" not in result.err
    assert "agentpg batches watch" in result.err
    shown = json.loads(ready("batches", "show", row.split()[0], "-o", "json").out)
    assert shown["batch"]["batch_id"] == str(batch_id)

    steps.end(batch_id, steps.answer(), steps.answer("And done."))
    row = ready("batches", "list").out.splitlines()[1]
    assert " done " in row
    assert "2/2" in row
    listed = json.loads(ready("batches", "list", "-o", "json").out)["batches"][0]
    assert 600 <= listed["usual_seconds"] < 700
    assert listed["elapsed_seconds"] >= 600
    assert listed["streaming_cost_usd"] == pytest.approx(2 * listed["cost_usd"])
    assert row.count("$") == 2
    assert ready("batches", "list", "--open").out == ""
    assert json.loads(ready("batches", "list", "-o", "jsonl").out)["batch_id"] == str(batch_id)


def test_the_hint_leads_to_the_next_page(
    ready: Cli, client: Client, helper: Agent, steps: BatchSteps
) -> None:
    made: list[UUID] = []
    for number in range(3):
        client.run(client.new_session(), helper.id, "hello")
        made.append(steps.submit(f"msgbatch_{number}"))
    page = ready("batches", "list", "--limit", "2", "-o", "json")
    assert json.loads(page.out)["next_before"] == str(made[1])
    assert f"more: agentpg batches list --limit 2 --before {made[1]}" in page.err
    rest = ready("batches", "list", "-o", "jsonl", "--before", str(made[1]))
    assert [json.loads(line)["batch_id"] for line in rest.out.splitlines()] == [str(made[0])]


def test_show_names_the_requests_without_an_answer(ready: Cli, runs: list[UUID], steps: BatchSteps) -> None:
    batch_id = steps.submit()
    steps.end(batch_id, steps.answer(), refusal("temperature is not known"))
    page = ready("batches", "show", str(batch_id))
    assert page.code == 0
    assert page.out.startswith("done\n")
    assert "2 (1 succeeded, 1 errored)" in page.out
    assert "streamed it had been $" in page.out
    assert "1 request without an answer" in page.out
    assert "invalid_request_error: temperature is not known" in page.out
    assert f"agentpg runs show {runs[1]}" in page.err
    as_json = json.loads(ready("batches", "show", str(batch_id), "-o", "json").out)
    assert as_json["failed_requests"] == [
        {
            "ordinal": 2,
            "run_id": str(runs[1]),
            "result_type": "errored",
            "error_type": "invalid_request_error",
            "error_message": "temperature is not known",
            "run_state": "failed",
        }
    ]
    run_page = ready("runs", "show", str(runs[0]))
    assert str(batch_id) in run_page.out
    assert f"agentpg batches show {batch_id}" in run_page.err


def test_show_says_what_failed_and_when_it_is_tried_again(
    ready: Cli, runs: list[UUID], steps: BatchSteps
) -> None:
    batch_id, lease = steps.begin()
    steps.fail(batch_id, lease, type="rate_limit_error", message="slow down", status=429)
    page = ready("batches", "show", str(batch_id)).out
    assert page.startswith("refused, sent again\n")
    assert "rate_limit_error: slow down" in page
    assert "1 in a row" in page
    assert "next look" in page
    assert "rate_limit_error: slow down" in ready("batches", "list").out


def test_watch_elsewhere_prints_a_line_a_change(ready: Cli, runs: list[UUID], steps: BatchSteps) -> None:
    batch_id = steps.submit()
    watching = ready.start("batches", "watch", "--interval", "0.1")
    first = watching.wait_for("at the provider", "out")
    assert first.startswith(f"{batch_id}  at the provider, 0 of 2 done, after ")
    steps.end(batch_id, steps.answer(), steps.answer("And done."))
    result = watching.end()
    assert result.code == 0
    assert "done, 2 of 2 done, after 10 min" in result.out
    assert result.err == "1 batch over\n"


def test_watch_as_json_and_of_named_batches(ready: Cli, runs: list[UUID], steps: BatchSteps) -> None:
    batch_id = steps.submit()
    steps.end(batch_id, steps.answer(), steps.answer("And done."))
    result = ready("batches", "watch", str(batch_id), "-o", "jsonl")
    assert result.code == 0
    (line,) = result.out.splitlines()
    assert json.loads(line)["state"] == "ingested"


def test_watch_on_a_terminal_draws_in_place_until_all_is_over(
    ready: Cli, runs: list[UUID], steps: BatchSteps
) -> None:
    batch_id = steps.submit()
    terminal = ready.at_terminal("batches", "watch", "--interval", "0.1", columns=100)
    terminal.wait_for("at the provider")
    steps.end(batch_id, steps.answer(), steps.answer("And done."))
    terminal.wait_for("2/2")
    assert terminal.end() == 0
    assert "\x1b[2A\r\x1b[J" in terminal.raw
    assert "1 batch over" in terminal.text


def test_ctrl_c_leaves_the_watch(ready: Cli, runs: list[UUID], steps: BatchSteps) -> None:
    steps.submit()
    watching = ready.start("batches", "watch")
    watching.wait_for("at the provider", "out")
    watching.signal(signal.SIGINT)
    result = watching.end()
    assert result.code == ExitCode.INTERRUPTED
    assert "Traceback" not in result.err


def test_watch_waits_for_what_is_not_gathered_yet(ready: Cli, runs: list[UUID], steps: BatchSteps) -> None:
    watching = ready.start("batches", "watch", "--interval", "0.1")
    watching.wait_for("waiting  2 runs", "out")
    batch_id = steps.submit()
    watching.wait_for(str(batch_id), "out")
    steps.end(batch_id, steps.answer(), steps.answer("And done."))
    assert watching.end().code == 0


def test_abandon_asks_first(ready: Cli, runs: list[UUID], steps: BatchSteps, client: Client) -> None:
    batch_id = steps.submit()
    refused = ready("batches", "abandon", str(batch_id))
    assert refused.code == ExitCode.USAGE
    assert refused.error[2] == f"agentpg batches abandon {batch_id} --yes"
    assert client.get_batch(batch_id).state == "submitted"

    terminal = ready.at_terminal("batches", "abandon", str(batch_id)[:18], columns=200)
    terminal.wait_for("paid for twice. [y/N]")
    terminal.type("n\n")
    assert terminal.end() == ExitCode.CONFLICT
    terminal = ready.at_terminal("batches", "abandon", str(batch_id), columns=200)
    terminal.wait_for("[y/N]")
    terminal.type("y\n")
    assert terminal.end() == 0
    assert client.get_batch(batch_id).state == "abandoned"
    assert {client.get_run(run_id).state.value for run_id in runs} == {"pending"}

    again = ready("batches", "abandon", str(batch_id), "--yes")
    assert again.code == ExitCode.CONFLICT
    assert "it is abandoned" in again.error[1]


def test_one_that_is_being_sent_is_not_abandoned(ready: Cli, runs: list[UUID], steps: BatchSteps) -> None:
    batch_id, _ = steps.begin()
    result = ready("batches", "abandon", str(batch_id), "--yes")
    assert result.code == ExitCode.CONFLICT
    assert "being sent" in result.error[0]


def test_a_batch_that_is_not_there(ready: Cli) -> None:
    for words in (("show",), ("abandon", "--yes"), ("watch",)):
        result = ready("batches", words[0], str(uuid4()), *words[1:])
        assert result.code == ExitCode.NOT_FOUND, result.err
        assert "agentpg batches list" in result.error[2]
    assert ready("batches", "show", "0000").code == ExitCode.NOT_FOUND
    assert ready("batches", "show", "nonsense").error[2] == "agentpg batches list"


def test_run_batch_says_what_it_waits_for_and_ends_with_the_answer(
    ready: Cli, steps: BatchSteps, client: Client
) -> None:
    running = ready.start("run", "helper", "hello", "--batch")
    line = running.wait_for("waits for a batch")
    running.wait_for("waiting: waits for others to share a provider batch with")
    batch_id = steps.submit()
    running.wait_for("waiting: the provider works on batch msgbatch_01 (1 requests)")
    steps.end(batch_id, steps.answer("Half price."))
    result = running.end()
    assert result.code == 0
    assert result.out == "Half price.\n"
    run = client.get_run(line.split()[1])
    assert (run.run_mode, run.state) == ("batch", "completed")


def test_run_batch_without_anybody_who_serves_batches(ready: Cli, conn: Conn) -> None:
    conn.execute("select agentpg.register_instance(name => 'streams only')")
    running = ready.start("run", "helper", "hello", "--batch", "--timeout", "8")
    running.wait_for("no live executor gathers batches")
    running.signal(signal.SIGINT)
    assert running.end().code == ExitCode.INTERRUPTED


def test_run_batch_options(ready: Cli, client: Client) -> None:
    made = ready(
        "run", "helper", "hello", "--batch", "--detach", "--stream-after-turns", "2",
        "--stream-from", "2090-01-01T00:00:00Z",
    )  # fmt: skip
    assert made.code == 0, made.err
    run = client.get_run(made.out.strip())
    assert run.run_mode == "batch"
    assert run.options == {"stream_after_turns": 2, "stream_from": "2090-01-01T00:00:00Z"}
    for words in (
        ("--stream-after-turns", "2"),
        ("--stream-from", "2090-01-01"),
        ("--batch", "--tools", "m"),
    ):
        refused = ready("run", "helper", "hello", *words)
        assert refused.code == ExitCode.USAGE
        assert "--batch" in refused.err
    bad = ready("run", "helper", "hello", "--batch", "--detach", "--stream-from", "tomorrowish")
    assert bad.code == ExitCode.USAGE
