"""The controls over HTTP, for programs that cannot call Python."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from agentpg_executor.testing import FakeClaude
from anthropic import AsyncAnthropic


@pytest.fixture
async def http(fake: FakeClaude) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(
        base_url=fake.base_url, headers={"x-api-key": fake.api_key}, verify=False
    ) as client:
        yield client


async def test_scripts_are_added_and_forgotten(
    http: httpx2.AsyncClient, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    body = {"scripts": [{"turns": ["one", "two"]}], "rules": [{"when": "weather", "answer": "rule"}]}
    assert (await http.post("/fake/scripts", json=body)).status_code == 200
    assert (await client.messages.create(**ask)).to_dict()["content"][0]["text"] == "one"
    assert (await http.post("/fake/clear")).status_code == 200
    assert (await client.messages.create(**ask)).to_dict()["content"][0]["text"].startswith("You said")


async def test_the_journal_can_be_read(
    fake: FakeClaude, http: httpx2.AsyncClient, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    await client.messages.create(**ask)
    (told,) = (await http.get("/fake/journal")).json()
    entry = fake.journal[0]
    assert told["request_id"] == entry.request_id
    assert (told["kind"], told["status"], told["billed"]) == ("messages", 200, True)
    assert (told["prompt"], told["outcome"]) == (entry.prompt, "complete")
    assert len(fake.journal) == 1


async def test_the_clock_can_be_moved(fake: FakeClaude, http: httpx2.AsyncClient) -> None:
    before = fake.clock.now()
    answer = (await http.post("/fake/clock", json={"advance": 3600})).json()
    assert datetime.fromisoformat(answer["now"]) - before >= timedelta(hours=1)
    assert fake.clock.now() - before >= timedelta(hours=1)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/fake/scripts", {"script": []}, 400),
        ("/fake/scripts", {"scripts": [{}]}, 400),
        ("/fake/scripts", [{"fault": {"colour": "red"}}], 400),
        ("/fake/clock", {"advance": "1"}, 400),
        ("/fake/nothing", {}, 404),
    ],
)
async def test_what_it_does_not_understand_is_refused(
    path: str, body: Any, status: int, fake: FakeClaude, http: httpx2.AsyncClient
) -> None:
    assert (await http.post(path, json=body)).status_code == status
    assert len(fake.journal) == 0


async def test_the_controls_need_the_key(fake: FakeClaude, http: httpx2.AsyncClient) -> None:
    assert (await http.get("/fake/journal", headers={"x-api-key": "wrong"})).status_code == 401
