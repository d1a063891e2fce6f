"""What goes in and what comes out, before any database is asked."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from agentpg import MessageRole, Response, RunOptions, RunState, ToolExecutionState, Usage
from agentpg._arguments import options_parameter, prompt_parameters, uuid_of
from agentpg._json import dumps
from agentpg._results import response_of, tool_call_of
from agentpg._rows import build
from agentpg.errors import InvalidArgument, StorageError
from agentpg.types import Session


def test_json_keeps_text_as_it_is_and_integers_as_integers() -> None:
    assert dumps({"ü": "日本", "n": 2**60}) == '{"ü":"日本","n":1152921504606846976}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}, {1, 2}, object()])
def test_what_is_not_json_is_refused_before_it_is_sent(value: object) -> None:
    with pytest.raises(InvalidArgument, match="no JSON form") as caught:
        dumps(value)
    assert caught.value.code == "AP100"
    assert caught.value.hint


def test_uuids_in_json_become_text() -> None:
    order = uuid4()
    assert dumps({"order": order}) == f'{{"order":"{order}"}}'


@pytest.mark.parametrize("value", ["", "7", "not-a-uuid", 7, None])
def test_an_id_that_is_no_uuid_is_refused_by_name(value: object) -> None:
    with pytest.raises(InvalidArgument, match="run_id is not a UUID"):
        uuid_of(value, "run_id")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_text_prompts_and_block_prompts_take_different_parameters() -> None:
    text = prompt_parameters("Hello")
    assert (text["prompt"], text["content"]) == ("Hello", None)
    blocks = prompt_parameters([{"type": "text", "text": "Hello"}])
    assert blocks["prompt"] is None
    assert blocks["content"] is not None


def test_only_the_options_that_are_set_are_sent() -> None:
    assert RunOptions().to_json() == {}
    options = RunOptions(variables={"n": 1}, max_iterations=3, tools=["add"])
    assert options.to_json() == {"variables": {"n": 1}, "max_iterations": 3, "tools": ["add"]}
    assert options_parameter({"model": "claude-haiku-4-5"}).obj == {"model": "claude-haiku-4-5"}


def test_an_unknown_state_of_a_newer_schema_is_kept_and_not_terminal() -> None:
    state = RunState("paused")
    assert state == "paused"
    assert not state.is_terminal
    assert not state.is_known
    assert state not in list(RunState)
    assert pickle.loads(pickle.dumps(state)) == "paused"


def test_terminal_states_are_those_of_the_state_machine() -> None:
    assert {state.value for state in RunState if state.is_terminal} == {"completed", "cancelled", "failed"}
    terminal = {state.value for state in ToolExecutionState if state.is_terminal}
    assert terminal == {"completed", "failed", "skipped"}


def test_total_input_counts_cached_tokens() -> None:
    assert Usage(10, 5, 3, 2).total_input == 15


def row_of_response() -> dict[str, object]:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    return {
        "run_id": uuid4(),
        "session_id": uuid4(),
        "state": "completed",
        "text": "Hi",
        "stop_reason": "end_turn",
        "error_type": None,
        "error_message": None,
        "input_tokens": 10,
        "output_tokens": 5,
        "cache_creation_input_tokens": 3,
        "cache_read_input_tokens": 2,
        "cost_usd": Decimal("0.000125"),
        "iteration_count": 2,
        "tool_iterations": 1,
        "message": {"role": "assistant", "content": [{"type": "text", "text": "Hi"}], "seq": 4},
        "tool_calls": [
            {
                "tool_execution_id": str(uuid4()),
                "name": "add",
                "input": {"a": 2**60},
                "state": "completed",
                "duration": "00:00:01.5",
                "started_at": now.isoformat(),
                "completed_at": (now + timedelta(seconds=1.5)).isoformat(),
                "a_column_of_the_future": True,
            }
        ],
        "finished": True,
        "a_column_of_the_future": 1,
    }


def test_a_response_is_typed_down_to_its_tool_calls() -> None:
    response = response_of(row_of_response())
    assert response.state is RunState.COMPLETED
    assert response.usage == Usage(10, 5, 3, 2)
    assert response.cost_usd == Decimal("0.000125")
    assert response.message is not None
    assert response.message.role is MessageRole.ASSISTANT
    assert response.message.text == "Hi"
    (call,) = response.tool_calls
    assert isinstance(call.tool_execution_id, UUID)
    assert call.state is ToolExecutionState.COMPLETED
    assert call.input == {"a": 2**60}
    assert call.duration == timedelta(seconds=1.5)
    assert call.started_at == datetime(2030, 1, 1, tzinfo=UTC)


def test_a_response_of_a_run_that_has_said_nothing_is_empty_text() -> None:
    response = response_of({**row_of_response(), "text": None, "message": None, "tool_calls": None})
    assert (response.text, response.message, response.tool_calls) == ("", None, ())


def test_a_tool_call_out_of_a_row_keeps_its_own_duration() -> None:
    call = tool_call_of(
        {
            "tool_execution_id": uuid4(),
            "name": "add",
            "input": {},
            "state": "running",
            "duration": timedelta(2),
        }
    )
    assert call.duration == timedelta(2)


def test_results_cannot_be_changed() -> None:
    response = response_of(row_of_response())
    with pytest.raises(FrozenInstanceError):
        response.text = "other"  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]
    assert not hasattr(Response, "__dict__") or "__dict__" not in dir(response)


def test_a_missing_column_names_itself_and_the_fix() -> None:
    with pytest.raises(StorageError, match="'created_at'") as caught:
        build(Session, {"id": uuid4()})
    assert caught.value.hint is not None
    assert "agentpg migrate" in caught.value.hint
