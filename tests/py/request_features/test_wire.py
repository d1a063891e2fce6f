"""What is asked for reaches the wire: in a stream, in a batch, of today and of next year."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from agentpg import RequestFeatures, RunOptions
from agentpg.errors import InvalidOption
from agentpg_executor.testing import FakeClaude
from request_features.conftest import Place

SEARCH = {"type": "web_search_20260209", "name": "web_search", "max_uses": 3}
SERVER = {"type": "url", "url": "https://mcp.example.com", "name": "tickets"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False}

# Each feature, and what of it must stand in the body of the request.
ASKED: dict[str, tuple[RequestFeatures, dict[str, Any]]] = {
    "thinking": ({"thinking": {"type": "between_tools"}}, {"thinking": {"type": "between_tools"}}),
    "effort": ({"effort": "xhigh"}, {"output_config": {"effort": "xhigh"}}),
    "output": (
        {"output_schema": SCHEMA, "output_repairs": 0},
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    ),
    "choice": (
        {"tool_choice": {"type": "none"}, "server_tools": [SEARCH]},
        {"tool_choice": {"type": "none"}, "tools": [SEARCH]},
    ),
    "stop": ({"stop_sequences": ["END", "STOP"]}, {"stop_sequences": ["END", "STOP"]}),
    "user": ({"user_id": "user-7"}, {"metadata": {"user_id": "user-7"}}),
    "tier": ({"service_tier": "standard_only"}, {"service_tier": "standard_only"}),
    "mcp": (
        {"mcp_servers": [SERVER]},
        {"mcp_servers": [SERVER], "tools": [{"type": "mcp_toolset", "mcp_server_name": "tickets"}]},
    ),
    "any": ({"request": {"inference_geo": "us"}}, {"inference_geo": "us"}),
}


@pytest.mark.parametrize("batch", [False, True], ids=["streaming", "batch"])
async def test_each_feature_reaches_the_wire_as_it_was_asked_for(place: Place, batch: bool):
    plain = await place.agent()
    runs: list[UUID] = []
    for name, (asked, _) in ASKED.items():
        of_agent = await place.agent(asked, name=name)
        runs.append(await place.run(plain, batch=batch, prompt=name, options=RunOptions(**asked)))
        runs.append(await place.run(of_agent, batch=batch, prompt=name))
    await place.work.started(poll_interval=0.1)
    for run_id in runs:
        assert (await place.work.end(run_id)).stop_reason == "end_turn"
    ours = {"model", "max_tokens", "messages", "cache_control"}
    for name, (_, wanted) in ASKED.items():
        bodies = [body for body in place.bodies() if body["messages"][0]["content"][0]["text"] == name]
        assert [{key: body[key] for key in body.keys() - ours} for body in bodies] == [wanted, wanted]


@pytest.mark.parametrize("batch", [False, True], ids=["streaming", "batch"])
async def test_betas_of_a_request_are_the_header_of_its_call(place: Place, batch: bool):
    agent_id = await place.agent({"betas": ["files-api-2025-04-14"], "mcp_servers": [SERVER]})
    options = RunOptions(betas=["skills-2025-10-02"], request={"betas": ["files-api-2025-04-14"]})
    run_id = await place.run(agent_id, batch=batch, options=options)
    await place.work.started(poll_interval=0.1)
    assert (await place.work.end(run_id)).stop_reason == "end_turn"
    assert [sorted(betas) for betas in place.betas()] == [
        ["files-api-2025-04-14", "mcp-client-2025-11-20", "skills-2025-10-02"]
    ]
    assert "betas" not in place.bodies()[0]


async def test_a_batch_names_the_betas_of_all_its_requests_in_one_header(place: Place):
    agent_id = await place.agent()
    names = ["skills-2025-10-02", "files-api-2025-04-14", None]
    options = [RunOptions(betas=None if name is None else [name]) for name in names]
    runs = [await place.run(agent_id, batch=True, options=chosen) for chosen in options]
    await place.work.started(poll_interval=0.1)
    for run_id in runs:
        assert (await place.work.end(run_id)).stop_reason == "end_turn"
    assert place.betas() == [["files-api-2025-04-14", "skills-2025-10-02"]]


async def test_speed_is_for_streams_alone(place: Place):
    agent_id = await place.agent({"speed": "fast"})
    with pytest.raises(InvalidOption, match="speed"):
        await place.run(agent_id, batch=True)
    run_id = await place.run(agent_id)
    await place.work.started()
    assert (await place.work.end(run_id)).stop_reason == "end_turn"
    assert place.bodies()[0]["speed"] == "fast"


@pytest.mark.parametrize("batch", [False, True], ids=["streaming", "batch"])
async def test_what_next_year_brings_goes_through_untouched(place: Place, batch: bool):
    tool = {"type": "time_travel_20271224", "name": "time_travel", "how": {"far": [1, None]}}
    asked: RequestFeatures = {
        "effort": "boundless",
        "thinking": {"type": "dreaming", "depth": 3},
        "service_tier": "moonlight",
        "betas": ["time-travel-2027-12-24"],
        "server_tools": [tool],
        "request": {"humour": {"dry": True, "level": 0.5}, "sight": [1, None, "ü"]},
    }
    agent_id = await place.agent(asked)
    run_id = await place.run(agent_id, batch=batch)
    async with FakeClaude(future=True) as later:
        later.batches.seconds = 0.1
        await place.work.started(base_url=later.base_url, api_key=later.api_key, poll_interval=0.1)
        assert (await place.work.end(run_id)).stop_reason == "end_turn"
        (body,) = place.bodies(later)
        ours = {"model", "max_tokens", "messages", "cache_control"}
        assert {key: body[key] for key in body.keys() - ours} == {
            "output_config": {"effort": "boundless"},
            "thinking": asked["thinking"],
            "service_tier": "moonlight",
            "tools": [tool],
            "humour": {"dry": True, "level": 0.5},
            "sight": [1, None, "ü"],
        }
        assert "time-travel-2027-12-24" in [name for entry in later.journal for name in entry.betas]
