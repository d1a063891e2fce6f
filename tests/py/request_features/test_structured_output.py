"""Typed answers: schemas of models, answers as instances, and repairs of answers that are no good."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Annotated, Any, Literal

import anthropic
import pytest
from agentpg import Client, OutputInvalid, RunOptions
from agentpg.errors import InvalidOutputSchema
from agentpg_executor.testing import call, empty, max_tokens_cut, refusal, reply, text
from agentpg_executor.tools import tool
from psycopg.types.json import Jsonb
from pydantic import BaseModel, Field
from request_features.conftest import Place


class Line(BaseModel):
    what: str = Field(description="As on the letter.", max_length=80)
    cents: Annotated[int, Field(ge=0)]


class Invoice(BaseModel):
    """An invoice that came by mail."""

    number: str
    kind: Literal["goods", "services"] = "goods"
    lines: list[Line]
    note: str | None = None


GOOD = {"number": "A-7", "kind": "services", "lines": [{"what": "Work", "cents": 1200}], "note": None}
INVOICE = Invoice.model_validate(GOOD)


async def ask(place: Place, *turns: Any, batch: bool = False, output: Any = Invoice, **options: Any) -> Any:
    """The response of one run with an output schema."""
    place.fake.script(turns)
    agent_id = await place.agent(max_tokens=100)
    await place.work.started(poll_interval=0.1)
    ask = place.client.run_sync if batch else place.client.run_fast_sync
    session = await place.client.new_session()
    return await ask(session, agent_id, "Read.", output_schema=output, options=options or None, timeout=20)


@pytest.mark.parametrize("batch", [False, True], ids=["streaming", "batch"])
async def test_the_answer_is_an_instance_of_the_model(place: Place, batch: bool):
    response = await ask(place, json.dumps(GOOD), batch=batch)
    assert response.parsed == INVOICE
    assert response.parse(Invoice) == INVOICE
    (body,) = place.bodies()
    assert body["output_config"]["format"]["type"] == "json_schema"
    assert body["output_config"]["format"]["schema"]["additionalProperties"] is False


async def test_the_answer_to_a_plain_schema_is_json(place: Place):
    response = await ask(place, "[1, 2]", output={"type": "array", "items": {"type": "integer"}})
    assert response.parsed == [1, 2]


async def test_what_a_model_says_beyond_the_schema_is_checked_where_it_is_parsed(place: Place):
    below = {**GOOD, "lines": [{"what": "Work", "cents": -1}]}
    response = await ask(place, json.dumps(below))
    with pytest.raises(OutputInvalid, match="cents") as caught:
        _ = response.parsed
    assert json.loads(caught.value.text) == below
    assert caught.value.response is response


@pytest.mark.parametrize("batch", [False, True], ids=["streaming", "batch"])
async def test_an_answer_that_was_cut_is_asked_for_again_with_more_room(place: Place, batch: bool):
    response = await ask(place, max_tokens_cut('{"number": "A'), json.dumps(GOOD), batch=batch)
    assert (response.parsed, response.iteration_count) == (INVOICE, 2)
    first, second = place.bodies()
    assert (first["max_tokens"], second["max_tokens"]) == (100, 400)
    assert {**first, "max_tokens": 0} == {**second, "max_tokens": 0}


async def test_a_refusal_is_tried_once_more(place: Place):
    response = await ask(place, refusal("I would rath"), json.dumps(GOOD))
    assert response.parsed == INVOICE
    first, second = place.bodies()
    assert first == second


async def test_an_answer_that_is_no_json_is_sent_back_with_the_reason(place: Place):
    response = await ask(place, "Here you are.", json.dumps(GOOD))
    assert response.parsed == INVOICE
    assert place.bodies()[1]["messages"][2]["content"][0]["text"].startswith("That is not valid JSON.")


async def test_repairs_are_bounded_and_the_run_ends_as_it_would_without(place: Place):
    response = await ask(place, refusal(), refusal(), refusal(), text("never"), output_repairs=2)
    assert (response.state, response.stop_reason, response.iteration_count) == ("completed", "refusal", 3)
    with pytest.raises(OutputInvalid, match="declined") as caught:
        _ = response.parsed
    assert caught.value.hint == "it stopped with refusal"


async def test_without_repairs_a_cut_answer_waits_for_input(place: Place):
    response = await ask(place, max_tokens_cut('{"nu'), output_repairs=0)
    assert (response.state, response.stop_reason) == ("awaiting_input", "max_tokens")
    with pytest.raises(OutputInvalid, match="no good output") as caught:
        _ = response.parsed
    assert caught.value.text == '{"nu'


async def test_repairs_cost_what_their_calls_cost_and_the_timeline_tells(place: Place):
    response = await ask(place, "Oh.", json.dumps(GOOD))
    iterations = await place.client.run_iterations(response.run_id)
    assert len(iterations) == 2
    assert response.cost_usd == sum(iteration.cost_usd or 0 for iteration in iterations) > 0
    timeline = await place.client.run_timeline(response.run_id)
    assert "output repair" in [entry.event for entry in timeline]
    kinds = [type(event).__name__ async for event in place.client.stream(response.run_id)]
    assert kinds.count("OutputRepaired") == 1


async def test_a_repair_within_a_loop_of_tools_keeps_the_transcript_sound(place: Place):
    @tool
    def fetch() -> str:
        """Fetches."""
        return "a letter"

    place.fake.script(
        [
            reply("Let me see.", call("fetch")),
            max_tokens_cut(call("fetch")),
            empty(),
            json.dumps(GOOD),
        ]
    )
    await place.work.started(fetch)
    agent_id = await place.agent(tools=["fetch"], config={"output_schema": Invoice, "output_repairs": 2})
    run_id = await place.run(agent_id)
    response = await place.work.end(run_id)
    assert response.parse(Invoice) == INVOICE
    assert [len(body["messages"]) for body in place.bodies()] == [1, 3, 3, 3]
    assert place.work.row("select count(*) from agentpg.invariant_violations")["count"] == 0


async def test_the_engine_makes_schemas_strict_as_the_sdk_does(place: Place):
    """Key by key; only how the notes for the model are spelled may differ."""

    class Tree(BaseModel):
        at: Annotated[str, Field(pattern="^[a-z]+$")]
        when: Literal[1, "x", None]
        price: float = Field(1.5, gt=0, examples=[2.5])
        tags: Annotated[list[str], Field(min_length=1)]
        many: Annotated[list[Line], Field(min_length=3)]
        either: Line | Invoice | None = None

    for schema in (
        Tree.model_json_schema(),
        Invoice.model_json_schema(),
        {"oneOf": [{"type": "string", "format": "email"}, {"type": "string", "format": "color"}]},
        {"allOf": [{"type": "number", "multipleOf": 2}]},
    ):
        query = "select agentpg._output_format(%s, 's') -> 'schema' as strict"
        ours = place.work.row(query, Jsonb(schema))["strict"]
        assert without_notes(ours) == without_notes(anthropic.transform_schema(schema))


def without_notes(schema: Any) -> Any:
    """The schema, of its descriptions only what comes before the notes."""
    if isinstance(schema, dict):
        cut = {key: without_notes(value) for key, value in schema.items()}
        if isinstance(cut.get("description"), str):
            cut["description"] = cut["description"].partition("{")[0].strip()
        return {key: value for key, value in cut.items() if value != ""}
    return [without_notes(item) for item in schema] if isinstance(schema, list) else schema


async def test_a_schema_that_cannot_be_kept_is_refused_at_the_door(place: Place):
    class Open(BaseModel):
        scores: dict[str, int]

    with pytest.raises(InvalidOutputSchema, match=r"config\.output_schema\.properties\.scores"):
        await place.agent({"output_schema": Open})
    with pytest.raises(InvalidOutputSchema, match="neither"):
        RunOptions(output_schema=int).to_json()
    agent_id = await place.agent()
    with pytest.raises(InvalidOutputSchema, match=r"option output_schema\.properties\.scores"):
        await place.run(agent_id, output_schema=Open)
    with pytest.raises(InvalidOutputSchema, match="scores"):
        await place.client.update_agent(agent_id, {"config": {"output_schema": Open}})


def test_the_synchronous_client_parses_too(database: str):
    with Client(database) as client:
        agent = client.create_agent("a", model="m", config={"output_schema": Invoice, "effort": "low"})
        assert agent.config["output_schema"]["title"] == "Invoice"
        assert agent.config["effort"] == "low"


def test_pydantic_is_not_needed_for_a_schema_of_ones_own():
    program = """
import sys
sys.modules["pydantic"] = None
from agentpg import RunOptions
print(RunOptions(output_schema={"type": "string"}).to_json())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'output_schema': {'type': 'string'}}"
