"""Tools that the API runs: offered beside ours, never executed by us, and their turns go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from agentpg_executor.testing import block, call, pause, raw, reply, server_call, text
from agentpg_executor.tools import tool
from request_features.conftest import Place

SEARCH = {"type": "web_search_20260209", "name": "web_search"}
CODE = {"type": "code_execution_20260521", "name": "code_execution"}


@tool
def stock(item: str) -> str:
    """How many there are."""
    return f"7 {item}"


def called(name: str, **arguments: str) -> dict[str, Any]:
    """A call of the API's own, as it comes."""
    direct = {"type": "direct"}
    return {"type": "server_tool_use", "id": "srvtoolu_1", "name": name, "input": arguments, "caller": direct}


async def helped(place: Place, **config: Any) -> Any:
    await place.work.started(stock, poll_interval=0.1)
    return await place.agent({"server_tools": [SEARCH, CODE], **config}, tools=["stock"])


async def test_a_search_of_the_api_is_no_tool_call_of_ours(place: Place):
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
    search = called("web_search", query="pens")
    place.fake.script([reply(block(search), block(found), call("stock", item="pens")), "Seven."])
    run_id = await place.run(await helped(place))
    response = await place.work.end(run_id)
    assert (response.text, [made.name for made in response.tool_calls]) == ("Seven.", ["stock"])
    first, second = place.bodies()
    assert [offered["name"] for offered in first["tools"]] == ["stock", "web_search", "code_execution"]
    assert second["tools"] == first["tools"]
    assert second["messages"][1]["content"][:2] == [search, found]


@pytest.mark.parametrize("batch", [False, True], ids=["streaming", "batch"])
async def test_a_paused_turn_goes_on_by_itself_with_the_same_tools(place: Place, batch: bool):
    place.fake.script([pause(server_call("web_search", query="pens")), "Found."])
    agent_id = await helped(place)
    run_id = await place.run(agent_id, batch=batch)
    assert (await place.work.end(run_id)).text == "Found."
    first, second = place.bodies()
    assert second["tools"] == first["tools"]
    assert second["messages"][-1]["role"] == "assistant"


async def test_a_call_that_code_made_is_answered_and_goes_back_to_its_container(place: Place):
    caller = {"type": "code_execution_20260521", "tool_id": "srvtoolu_1"}
    code = called("code_execution", code="...")
    made = {"type": "tool_use", "id": "toolu_1", "name": "stock", "input": {"item": "pens"}, "caller": caller}
    ends = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    container = {"id": "container_01", "expires_at": ends}
    place.fake.script(
        [raw({"content": [code, made], "stop_reason": "tool_use", "container": container}), text("Seven.")]
    )
    run_id = await place.run(await helped(place))
    response = await place.work.end(run_id)
    assert (response.text, [made.output for made in response.tool_calls]) == ("Seven.", ["7 pens"])
    first, second = place.bodies()
    assert ("container" in first, second["container"]) == (False, "container_01")
    assert second["messages"][1]["content"] == [code, made]
    (result,) = second["messages"][2]["content"]
    assert (result["type"], result["tool_use_id"]) == ("tool_result", "toolu_1")
