"""The ways to run it: in a thread, as a process, as a fixture, without a socket."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest
from agentpg_executor.testing import (
    Clock,
    FakeClaude,
    Gate,
    call,
    cut,
    error_event,
    fault,
    held,
    lost,
    reset,
    text,
)
from anthropic import Anthropic, AsyncAnthropic, DefaultHttpxClient
from anthropic.types import MessageParam

Connect = Callable[..., AsyncAnthropic]
HI: list[MessageParam] = [{"role": "user", "content": "Hi"}]


def sync_client(base_url: str, api_key: str) -> Anthropic:
    return Anthropic(
        base_url=base_url,
        api_key=api_key,
        max_retries=0,
        http_client=DefaultHttpxClient(verify=False),
        _strict_response_validation=True,
    )


@pytest.fixture
def threaded() -> Iterator[FakeClaude]:
    with FakeClaude.in_thread() as fake:
        yield fake


def test_in_a_thread_it_serves_sync_tests(threaded: FakeClaude) -> None:
    threaded.script([text("one"), call("x", a=1), fault(529)])
    with sync_client(threaded.base_url, threaded.api_key) as client:
        ask = {"model": "claude-opus-5-5", "max_tokens": 100, "messages": HI}
        assert client.messages.create(**ask).stop_reason == "end_turn"  # type: ignore[call-overload]
        with client.messages.stream(**ask) as stream:  # type: ignore[arg-type]
            assert stream.get_final_message().stop_reason == "tool_use"
        with pytest.raises(anthropic.OverloadedError):
            client.messages.create(**ask)  # type: ignore[call-overload]
    assert len(threaded.journal) == 3


def test_in_a_thread_connections_can_be_refused(threaded: FakeClaude) -> None:
    with sync_client(threaded.base_url, threaded.api_key) as client:
        assert client.models.list().data
        threaded.refuse_connections()
        threaded.refuse_connections()
        with pytest.raises(anthropic.APIConnectionError):
            client.models.list()
        threaded.accept_connections()
        threaded.accept_connections()
        assert client.models.list().data


def test_after_the_thread_its_port_is_closed() -> None:
    with FakeClaude.in_thread() as fake:
        base_url = fake.base_url
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(base_url, verify=False)
    with pytest.raises(RuntimeError, match="not running"):
        fake.refuse_connections()


def test_gates_work_across_threads(threaded: FakeClaude) -> None:
    gate = Gate()
    threaded.script([held(text("Hi"), gate)])
    with pytest.raises(TimeoutError, match="0 of 1"):
        gate.wait_reached_sync(within=0.01)
    with sync_client(threaded.base_url, threaded.api_key) as client, gate:
        with pytest.raises(anthropic.APITimeoutError):
            client.with_options(timeout=0.5).messages.create(
                model="claude-opus-5-5", max_tokens=100, messages=HI
            )
        gate.wait_reached_sync()
    assert gate.reached == 1


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The fake as a program, and the base URL it printed."""
    script = tmp_path / "script.json"
    script.write_text(
        json.dumps([{"reply": ["Let me see.", {"call": "weather", "input": {"city": "Oslo"}}]}])
    )
    command = [
        sys.executable,
        "-m",
        "agentpg_executor.testing",
        "--port",
        "0",
        "--script",
        str(script),
        "--any-model",
    ]
    running = subprocess.Popen([*command, "--api-key", "k"], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        yield running, running.stdout.readline().strip()
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def test_as_a_process_it_prints_its_url_serves_and_ends_on_sigterm(
    process: tuple[subprocess.Popen[str], str],
) -> None:
    running, base_url = process
    assert base_url.startswith("http://127.0.0.1:")
    with sync_client(base_url, "k") as client:
        first = client.messages.create(model="claude-nobody", max_tokens=100, messages=HI)
        assert first.stop_reason == "tool_use"
        second = client.messages.create(model="claude-nobody", max_tokens=100, messages=HI)
        assert second.to_dict()["content"] == [{"type": "text", "text": "You said: Hi"}]
    running.send_signal(signal.SIGTERM)
    assert running.wait(10) == 0


def test_the_plugin_imports_no_server_until_a_test_asks() -> None:
    program = (
        "import sys, agentpg_executor.testing.plugin, agentpg_executor.testing as t;"
        "heavy = {'aiohttp', 'anthropic', 'httpx2'} & set(sys.modules);"
        "assert not heavy, heavy;"
        "t.text('x'); assert 'aiohttp' not in sys.modules; t.FakeClaude; assert 'aiohttp' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_aiohttp_the_error_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['aiohttp'] = None\n"
        "import agentpg_executor.testing.plugin, agentpg_executor.testing as t\n"
        "try: t.FakeClaude\n"
        "except ModuleNotFoundError as error: assert 'agentpg[testing]' in str(error), error\n"
        "else: raise SystemExit('no error')"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_fixture_gives_a_running_fake_with_the_options_of_its_marker(tmp_path: Path) -> None:
    (tmp_path / "test_user.py").write_text(
        "import httpx2, pytest\n"
        "def test_plain(fake_claude):\n"
        "    headers = {'x-api-key': fake_claude.api_key, 'anthropic-version': '2026-10-21'}\n"
        "    assert httpx2.get(fake_claude.base_url + '/v1/models', headers=headers).status_code == 200\n"
        "@pytest.mark.fake_claude(api_key='mine', pace=0.5)\n"
        "def test_marked(fake_claude):\n"
        "    assert (fake_claude.api_key, fake_claude.settings.pace) == ('mine', 0.5)\n"
    )
    (entry,) = [entry for entry in entry_points(group="pytest11") if entry.name == "agentpg"]
    command = [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-p", entry.value, "-c", "/dev/null"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


async def test_without_a_socket_the_sdk_sees_the_same(connect: Connect, ask: dict[str, Any]) -> None:
    fake = FakeClaude()
    client = connect(
        fake,
        base_url="http://fake-claude",
        http_client=httpx2.AsyncClient(transport=fake.transport()),
    )
    fake.script(
        [
            text("one"),
            text("two"),
            fault(529, retry_after=3),
            reset(text("x" * 60), after=3),
            cut(text("x" * 60), after=3),
            error_event(text("x" * 60), after=3),
            lost(),
        ]
    )
    assert (await client.messages.create(**ask)).stop_reason == "end_turn"
    async with client.messages.stream(**ask) as stream:
        assert await stream.get_final_text() == "two"
    with pytest.raises(anthropic.OverloadedError):
        await client.messages.create(**ask)
    with pytest.raises(httpx2.TransportError):
        async with client.messages.stream(**ask) as stream:
            await stream.until_done()
    async with client.messages.stream(**ask) as stream:
        assert (await stream.get_final_message()).stop_reason is None
    with pytest.raises(anthropic.APIStatusError):
        async with client.messages.stream(**ask) as stream:
            await stream.until_done()
    with pytest.raises(anthropic.APIConnectionError):
        await client.messages.create(**ask)
    assert [entry.outcome for entry in fake.journal] == [
        "complete",
        "complete",
        "complete",
        "reset",
        "complete",
        "client_left",
        "reset",
    ]
    batch = await client.messages.batches.create(requests=[{"custom_id": "a", "params": ask}])  # type: ignore[list-item]
    fake.batches.end_all()
    assert [line.custom_id async for line in await client.messages.batches.results(batch.id)] == ["a"]


def test_the_clock_runs_moves_and_stops() -> None:
    clock = Clock()
    begun = clock.now()
    assert begun.tzinfo == UTC
    assert clock.advance(3600) - begun >= timedelta(hours=1)
    new_year = datetime(2030, 1, 1, tzinfo=UTC)
    clock.set(new_year)
    assert timedelta() <= clock.now() - new_year < timedelta(minutes=1)
    stopped = clock.freeze()
    assert clock.now() == stopped
    assert clock.advance(5) == stopped + timedelta(seconds=5)
    clock.set(new_year)
    assert clock.now() == new_year


async def test_a_seed_makes_ids_repeatable(connect: Connect, ask: dict[str, Any]) -> None:
    ids: list[str] = []
    for seed in (1, 1, 2):
        async with FakeClaude(seed=seed) as fake:
            ids.append((await connect(fake).messages.create(**ask)).id)
    assert ids[0] == ids[1] != ids[2]
