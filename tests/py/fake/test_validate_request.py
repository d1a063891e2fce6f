"""`validate_request`: the API's checks for tests that have a request and no socket."""

from __future__ import annotations

from typing import Any

from agentpg_executor.testing import Problem, validate_request

Json = dict[str, Any]
ASK: Json = {
    "model": "claude-opus-5-5",
    "max_tokens": 1000,
    "messages": [{"role": "user", "content": "What is the weather?"}],
}
SERVERS: Json = {"mcp_servers": [{"type": "url", "url": "https://example.com", "name": "x"}]}
MCP = "mcp-client-2025-11-20"


def test_a_good_request_has_no_problem() -> None:
    assert validate_request(ASK) is None


def test_a_problem_says_what_the_error_response_would() -> None:
    problem = validate_request({**ASK, "messages": []})
    assert problem == Problem(400, "invalid_request_error", "messages: at least one message is required")
    assert str(problem) == "400 invalid_request_error: messages: at least one message is required"


def test_betas_come_beside_the_body_or_in_it_as_the_sdk_takes_them() -> None:
    assert validate_request({**ASK, **SERVERS}) is not None
    assert validate_request({**ASK, **SERVERS}, [MCP]) is None
    assert validate_request({**ASK, **SERVERS, "betas": [MCP], "user_profile_id": "up_1"}) is None
    assert validate_request({**ASK, **SERVERS}, headers={"anthropic-beta": MCP}) is None
    assert "nobodys-beta" in str(validate_request(ASK, ["nobodys-beta"]))


def test_an_unknown_model_is_a_404_unless_any_will_do() -> None:
    assert validate_request({**ASK, "model": "gpt"}) == Problem(404, "not_found_error", "model: gpt")
    assert validate_request({**ASK, "model": "gpt"}, allow_unknown_models=True) is None


def test_a_body_that_is_too_large_is_a_413() -> None:
    huge = [{"role": "user", "content": "x" * (32 * 1024 * 1024)}]
    problem = validate_request({**ASK, "messages": huge})
    assert problem is not None
    assert (problem.status, problem.type) == (413, "request_too_large")


def test_counting_has_parameters_of_its_own() -> None:
    assert validate_request(ASK, counting=True) == Problem(
        400, "invalid_request_error", "max_tokens: Extra inputs are not permitted"
    )
    assert validate_request({key: ASK[key] for key in ("model", "messages")}, counting=True) is None


def test_an_item_of_a_batch_may_not_be_streamed() -> None:
    assert validate_request({**ASK, "stream": True}) is None
    assert "streaming is not supported" in str(validate_request({**ASK, "stream": True}, batch=True))


def test_blocks_and_signatures_that_a_test_made_up_are_named() -> None:
    made_up = [
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm", "signature": "abc"},
                {"type": "a_block_of_tomorrow"},
            ],
        },
        {"role": "user", "content": "Hi"},
    ]
    body = {**ASK, "model": "claude-opus-4-8", "messages": made_up}
    assert "a_block_of_tomorrow" in str(validate_request(body))
    assert "cannot be modified" in str(validate_request(body, own_types=["a_block_of_tomorrow"]))
    assert validate_request(body, own_types=["a_block_of_tomorrow"], signatures=["abc"]) is None


def test_what_is_no_object_is_refused_too() -> None:
    assert validate_request([]) == Problem(
        400, "invalid_request_error", "The request body is not a JSON object."
    )
    assert validate_request("x", batch=True) is not None
