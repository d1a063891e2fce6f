"""A fake of a later year takes what this one does not know, and checks the rest as ever."""

from __future__ import annotations

from typing import Any

import anthropic
import pytest
from agentpg_executor.testing import FakeClaude
from anthropic import AsyncAnthropic

ASK: dict[str, Any] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Hello."}],
}
LATER: dict[str, Any] = {
    "humour": {"dry": True},
    "output_config": {"effort": "boundless"},
    "thinking": {"type": "dreaming"},
    "speed": "plaid",
    "tools": [{"type": "time_travel_20271224", "name": "time_travel"}],
}
STILL_WRONG: dict[str, dict[str, Any]] = {
    "an own tool without a schema": {"tools": [{"name": "add"}]},
    "an unknown thinking of no type": {"thinking": {"depth": 3}},
    "a token that is no text": {
        "mcp_servers": [
            {"type": "url", "url": "https://a.example", "name": "a", "authorization_token": {"$secret": "a"}}
        ]
    },
}


async def ask(*, future: bool, **extra: Any) -> None:
    async with (
        FakeClaude(future=future) as fake,
        AsyncAnthropic(api_key=fake.api_key, base_url=fake.base_url, max_retries=0) as client,
    ):
        headers = {"anthropic-beta": "mcp-client-2025-11-20" + (",later-2027-12-24" if future else "")}
        await client.messages.create(**ASK, extra_body=extra, extra_headers=headers)


@pytest.mark.parametrize("name", LATER)
async def test_what_nobody_knows_yet_is_refused_today_and_taken_later(name: str):
    with pytest.raises(anthropic.BadRequestError):
        await ask(future=False, **{name: LATER[name]})
    await ask(future=True, **{name: LATER[name]})


@pytest.mark.parametrize("wrong", STILL_WRONG.values(), ids=STILL_WRONG)
async def test_what_is_known_to_be_wrong_stays_wrong(wrong: dict[str, Any]):
    with pytest.raises(anthropic.BadRequestError):
        await ask(future=True, **wrong)
