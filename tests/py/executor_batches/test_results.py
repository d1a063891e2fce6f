"""Results of every kind, torn, garbled, and under other addresses."""

from __future__ import annotations

import pytest
from agentpg_executor.testing import Turn, canceled, cut, drop, expired, fault, hang, reset
from executor.conftest import eventually
from executor_batches.conftest import BatchPlace
from executor_batches.gateway import Gateway


async def test_each_kind_of_result_takes_its_own_way(place: BatchPlace):
    script = place.fake.script
    script(["Fine."], match="one", repeat=True)
    script([fault(500), "At last."], match="two")
    script([expired(), "In time."], match="three")
    script([canceled(), "After all."], match="four")
    script([fault(400, message="no such thing")], match="five", repeat=True)
    agent_id = await place.work.agent()
    client = place.work.client
    place.work.configure(model_retry_base="50 milliseconds", model_retry_cap="100 milliseconds")
    run_ids = [
        await client.run(await client.new_session(), agent_id, word)
        for word in ("one", "two", "three", "four", "five")
    ]
    await place.started()
    ended = await place.ends(run_ids)
    assert [response.text for response in ended[:4]] == ["Fine.", "At last.", "In time.", "After all."]
    assert (ended[4].state.value, ended[4].error_type) == ("failed", "invalid_request_error")
    assert place.billed() == 4
    kinds = place.work.rows("select distinct result_type from agentpg.batch_members")
    assert {row["result_type"] for row in kinds} == {"succeeded", "errored", "expired", "canceled"}


TORN = [
    cut(after=7),
    drop(after=7),
    reset(after=7),
    hang(after=7, seconds=30),
    fault(500),
    fault(429),
    reset(),
]


@pytest.mark.parametrize("turn", TORN, ids=lambda turn: f"{turn.fault.kind}-{turn.fault.after}")
async def test_a_download_that_fails_is_repeated_and_doubles_nothing(place: BatchPlace, turn: Turn):
    place.fake.fail("batches.results", turn)
    run_ids = await place.runs(20)
    executor = await place.started(**place.patient_with(turn))
    ended = await place.ends(run_ids)
    assert {response.state.value for response in ended} == {"completed"}
    assert place.billed() == 20
    assert len(place.calls("batches.create")) == 1
    assert len(place.calls("batches.results")) == 2
    assert place.work.row("select count(*) from agentpg.iterations")["count"] == 20
    assert executor.stats.batch_failures == 1
    assert executor.stats.unexpected_errors == 0


ADDRESSES = [
    "/v1/messages/batches/{id}/results",
    "https://elsewhere.example/v1/messages/batches/{id}/results",
]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_the_key_goes_to_the_host_of_base_url_alone(place: BatchPlace, address: str):
    gateway = Gateway(prefix="/gateway", results_url=address)
    run_ids = await place.runs(3)
    await place.started(**gateway.options(place))
    ended = await place.ends(run_ids)
    assert {response.state.value for response in ended} == {"completed"}
    assert all(url.startswith(place.fake.base_url + "/gateway/v1/messages/batches") for url in gateway.seen)


async def test_a_garbled_line_costs_nobody_else_anything(place: BatchPlace):
    place.fake.script(["broken here"], match="Hello 3.", repeat=True)
    gateway = Gateway(line=("broken here", 'broken" here'))
    run_ids = await place.runs(6)
    executor = await place.started(**gateway.options(place))
    ended = await place.ends([run for index, run in enumerate(run_ids) if index != 3])
    assert {response.state.value for response in ended} == {"completed"}
    # The runs end before the worker has the answer to the chunk.
    await eventually(lambda: executor.stats.batch_results >= 5, "all others are counted")
    assert executor.stats.batch_failures > 0


async def test_characters_that_postgres_cannot_store_are_replaced(place: BatchPlace):
    place.fake.script(["nul and half"], match="Hello 1.", repeat=True)
    gateway = Gateway(line=("nul and half", "nul \\u0000 and \\ud83d half"))
    run_ids = await place.runs(3)
    await place.started(**gateway.options(place))
    ended = await place.ends(run_ids)
    assert {response.state.value for response in ended} == {"completed"}
    assert ended[1].text == "nul \ufffd and \ufffd half"
    assert place.billed() == 3
