"""Each refusal has its own exception, with code, hint and the ids involved."""

from __future__ import annotations

import copy
import json
import pickle
import re
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from agentpg import AsyncClient, errors
from agentpg._translate import translating
from agentpg.errors import AgentPGError, from_sqlstate

from .conftest import MODEL, Talk

# The reference system's name for it is the longer one.
OTHER_NAMES = {"AP200": "invalid_state_transition"}


def all_subclasses(cls: type[AgentPGError]) -> list[type[AgentPGError]]:
    return [found for sub in cls.__subclasses__() for found in (sub, *all_subclasses(sub))]


def test_every_sqlstate_of_the_schema_has_an_exception_of_its_own(
    conn: psycopg.Connection[dict[str, Any]],
) -> None:
    codes = {row["sqlstate"]: row["name"] for row in conn.execute("select * from agentpg.error_codes")}
    classes = {cls.sqlstate: cls for cls in all_subclasses(AgentPGError) if cls.sqlstate is not None}
    assert set(classes) == set(codes)
    for code, name in codes.items():
        snake = re.sub(r"(?<!^)(?=[A-Z])", "_", classes[code].__name__).lower()
        assert snake == OTHER_NAMES.get(code, name)
        assert from_sqlstate(code) is classes[code]


def test_a_refusal_carries_message_code_hint_and_ids(conn: psycopg.Connection[dict[str, Any]]) -> None:
    ids = {
        key: uuid4()
        for key in ("run_id", "session_id", "agent_id", "iteration_id", "tool_execution_id", "instance_id")
    }
    detail = json.dumps({key: str(value) for key, value in ids.items()})
    for row in conn.execute("select sqlstate from agentpg.error_codes").fetchall():
        code = row["sqlstate"]
        with pytest.raises(from_sqlstate(code)) as caught, translating():
            conn.execute("select agentpg._refuse(%s, 'it says no', 'ask nicely', %s)", (code, detail))
        error = caught.value
        assert (error.code, error.message, error.hint) == (code, "it says no", "ask nicely")
        assert str(error) == "it says no\nHINT: ask nicely"
        assert {key: getattr(error, key) for key in ids} == ids
        assert isinstance(error.__cause__, psycopg.Error)
        assert not error.retryable


def test_an_unknown_sqlstate_is_a_storage_error() -> None:
    assert from_sqlstate("AP999") is errors.StorageError
    assert from_sqlstate("XX000") is errors.StorageError
    assert from_sqlstate(None) is errors.StorageError


async def test_what_does_not_exist_is_refused_by_its_own_error(client: AsyncClient, talk: Talk) -> None:
    nobody = uuid4()
    with pytest.raises(errors.AgentNotFound) as agent:
        await client.get_agent_by_id(nobody)
    assert agent.value.code == "AP001"
    assert agent.value.agent_id == nobody
    assert agent.value.hint
    with pytest.raises(errors.AgentNotFound):
        await client.get_agent_by_name("nobody")
    with pytest.raises(errors.SessionNotFound) as session:
        await client.get_session(nobody)
    assert session.value.session_id == nobody
    with pytest.raises(errors.SessionNotFound):
        await client.run_fast(nobody, talk.agent_id, "Hello")
    with pytest.raises(errors.AgentNotFound):
        await client.run_fast(talk.session_id, nobody, "Hello")
    with pytest.raises(errors.RunNotFound) as run:
        await client.get_run(nobody)
    assert run.value.run_id == nobody
    for ask in (
        client.get_response,
        client.wait_for_run,
        client.cancel_run,
        client.run_timeline,
        client.why_waiting,
        client.get_run_tool_calls,
        client.run_iterations,
    ):
        with pytest.raises(errors.RunNotFound) as run:
            await ask(nobody)
        assert run.value.run_id == nobody
    with pytest.raises(errors.IterationNotFound) as iteration:
        await client.get_iteration_tool_calls(nobody)
    assert iteration.value.iteration_id == nobody


async def test_bad_input_is_refused_and_nothing_is_written(client: AsyncClient, talk: Talk) -> None:
    for prompt, error in (
        ("", errors.EmptyPrompt),
        ([], errors.EmptyPrompt),
        ([{"text": "no type"}], errors.InvalidContent),
        ("nul \x00 byte", errors.NulByteError),
        ([{"type": "text", "text": "nul \x00 byte"}], errors.NulByteError),
        ([{"type": "text", "text": "half a pair \ud800"}], errors.InvalidContent),
        ("half a pair \ud800", errors.InvalidContent),
    ):
        with pytest.raises(error) as caught:
            await client.run_fast(*talk, prompt)
        assert caught.value.hint
    with pytest.raises(errors.UnknownOption) as unknown:
        await client.run_fast(*talk, "Hello", options={"max_iteration": 3})
    assert "max_iterations" in (unknown.value.hint or "")
    with pytest.raises(errors.InvalidOption):
        await client.run_fast(*talk, "Hello", options={"model": 7})
    with pytest.raises(errors.InvalidLimit):
        await client.run_fast(*talk, "Hello", options={"max_iterations": 0})
    with pytest.raises(errors.InvalidArgument):
        await client.run_fast(*talk, "Hello", priority=11)
    with pytest.raises(errors.InvalidArgument):
        await client.run_fast(*talk, "Hello", priority=2**40)
    assert await client.list_runs() == []


async def test_bad_agents_are_refused(client: AsyncClient, talk: Talk) -> None:
    with pytest.raises(errors.AgentExists) as exists:
        await client.create_agent("assistant", model=MODEL)
    assert exists.value.details["name"] == "assistant"
    with pytest.raises(errors.InvalidName):
        await client.create_agent("", model=MODEL)
    with pytest.raises(errors.InvalidMetadata):
        await client.create_agent("other", model=MODEL, metadata=["a list"])  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    with pytest.raises(errors.InvalidLimit):
        await client.create_agent("other", model=MODEL, max_tokens=0)
    with pytest.raises(errors.InvalidToolName):
        await client.create_agent("other", model=MODEL, tools=["not a name"])
    with pytest.raises(errors.InvalidArgument):
        await client.update_agent(talk.agent_id, {"colour": "red"})
    _, total = await client.list_agents()
    assert total == 1


async def test_a_deleted_agent_takes_no_runs(client: AsyncClient, talk: Talk) -> None:
    assert await client.delete_agent(talk.agent_id) is True
    assert await client.delete_agent(talk.agent_id) is False
    with pytest.raises(errors.AgentDeleted) as caught:
        await client.run_fast(*talk, "Hello")
    assert caught.value.agent_id == talk.agent_id


async def test_a_run_whose_tool_nobody_registered_is_refused(client: AsyncClient) -> None:
    agent = await client.create_agent("tooled", model=MODEL, tools=["nobodys_tool"])
    with pytest.raises(errors.ToolNotFound, match="nobodys_tool"):
        await client.run_fast(await client.new_session(), agent.id, "Hello")


async def test_bad_settings_are_refused(client: AsyncClient) -> None:
    before = await client.settings()
    with pytest.raises(errors.InvalidSettings):
        await client.configure({"lease_ttl": "1 second"})
    with pytest.raises(errors.InvalidSettings):
        await client.configure({"no_such_setting": 1})
    assert await client.settings() == before


async def test_a_transaction_that_failed_before_says_so(client: AsyncClient, database: str) -> None:
    async with await psycopg.AsyncConnection.connect(database) as conn:
        with pytest.raises(errors.RunNotFound):
            await client.get_run(uuid4(), conn=conn)
        with pytest.raises(errors.StorageError) as caught:
            await client.new_session(conn=conn)
        assert caught.value.code == "25P02"
        assert "roll it back" in (caught.value.hint or "")
        await conn.rollback()


async def test_a_lock_timeout_is_retryable_and_a_syntax_error_is_not(database: str) -> None:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as conn:
        with pytest.raises(errors.StorageError) as caught, translating():
            await conn.execute(
                "do $$ begin raise exception using errcode = '55P03', message = 'locked'; end $$"
            )
        assert caught.value.retryable
        with pytest.raises(errors.StorageError) as caught, translating():
            await conn.execute("selec 1")
        assert caught.value.code == "42601"
        assert not caught.value.retryable


def test_errors_survive_copying_and_pickling() -> None:
    run_id = uuid4()
    error = errors.RunFailed("it failed", hint="look", details={"run_id": str(run_id)})
    error.error_type = "overloaded_error"
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is errors.RunFailed
        assert (twin.message, twin.hint, twin.run_id) == ("it failed", "look", run_id)
        assert twin.error_type == "overloaded_error"


def test_invalid_input_is_also_a_value_error_and_a_wait_timeout_a_timeout_error() -> None:
    assert issubclass(errors.EmptyPrompt, ValueError)
    assert issubclass(errors.RunWaitTimeout, TimeoutError)
