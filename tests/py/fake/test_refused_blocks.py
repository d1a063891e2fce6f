"""Which blocks the API refuses, and beside each refusal what it takes."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any, Required, get_origin

import pytest
from agentpg_executor.testing import validate_request
from agentpg_executor.testing._validate_blocks import KEYS
from anthropic.types.beta import beta_content_block, beta_content_block_param, beta_tool_result_block_param
from typing_extensions import get_type_hints, is_typeddict

Json = dict[str, Any]
BETAS = ["compact-2026-01-12", "mid-conversation-tool-changes-2026-07-01"]
CALL: Json = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}


def ask(*messages: Json) -> Json:
    return {"model": "claude-opus-5-5", "max_tokens": 10, "messages": list(messages)}


def prompted(block: Json) -> Json:
    return ask({"role": "user", "content": [block]})


def answered(*blocks: Json) -> Json:
    hi = {"role": "user", "content": "Hi"}
    return ask(hi, {"role": "assistant", "content": list(blocks)}, hi)


def returned(*blocks: Json, **more: Any) -> Json:
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": list(blocks), **more}
    first, answer, _ = answered(CALL)["messages"]
    return ask(first, answer, {"role": "user", "content": [result]})


def image(**source: Any) -> Json:
    return {"type": "image", "source": source}


def document(**source: Any) -> Json:
    return {"type": "document", "source": source}


def tabs(*active: bool) -> list[Json]:
    return [{"tab_id": str(at), "title": "", "url": "", "active": one} for at, one in enumerate(active)]


SEARCH: Json = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
FOUND: Json = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
STATE: Json = {"type": "browser_state", "tabs": tabs(True)}

REFUSED: dict[str, tuple[Json, str]] = {
    "image without a source": (prompted({"type": "image"}), "image.source: Field required"),
    "image from nowhere": (prompted(image(type="disk", path="/a")), "image.source: Input tag 'disk'"),
    "image with another key": (
        prompted({**image(type="url", url="a"), "alt": "x"}),
        "image.alt: Extra inputs",
    ),
    "image of no bytes": (
        prompted(image(type="base64", media_type="image/png")),
        "base64.data: Field required",
    ),
    "image of another kind": (
        prompted(image(type="base64", media_type="image/bmp", data="AA==")),
        "image.source.base64.media_type: Input should be 'image/jpeg' or 'image/png'",
    ),
    "image at two places": (
        prompted(image(type="url", url="a", file_id="b")),
        "source.url.file_id: Extra inputs",
    ),
    "image at a number": (
        prompted(image(type="url", url=1)),
        "source.url.url: Input should be a valid string",
    ),
    "image of the assistant": (
        answered(image(type="url", url="a")),
        "messages.1.content.0: Input tag 'image'",
    ),
    "document that is no pdf": (
        prompted(document(type="base64", media_type="text/plain", data="AA==")),
        "document.source.base64.media_type: Input should be 'application/pdf'",
    ),
    "document whose title is a number": (
        prompted({**document(type="url", url="a"), "title": 1}),
        "document.title: Input should be a valid string",
    ),
    "search result without content": (
        prompted({"type": "search_result", "source": "a", "title": "b"}),
        "search_result.content: Field required",
    ),
    "search result of an image": (
        prompted(
            {"type": "search_result", "source": "a", "title": "b", "content": [image(type="url", url="a")]}
        ),
        "search_result.content.0.type: Input should be 'text'",
    ),
    "upload without a file": (
        prompted({"type": "container_upload"}),
        "container_upload.file_id: Field required",
    ),
    "citation of another kind": (
        answered({"type": "text", "text": "a", "citations": [{"type": "hearsay"}]}),
        "text.citations.0: Input tag 'hearsay'",
    ),
    "call of a server tool nobody has": (
        answered({**SEARCH, "name": "teleport"}),
        "server_tool_use.name: Input should be one of 'advisor'",
    ),
    "result of a server tool without content": (
        answered(SEARCH, {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1"}),
        "web_search_tool_result.content: Field required",
    ),
    "result with a key of another": (
        answered(SEARCH, {**FOUND, "is_error": True}),
        "web_search_tool_result.is_error: Extra inputs",
    ),
    "mcp call without a server": (
        answered({"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "a", "input": {}}),
        "mcp_tool_use.server_name: Field required",
    ),
    "fallback from nobody": (
        answered({"type": "fallback", "to": {"model": "a"}}),
        "fallback.from: Field required",
    ),
    "thinking without a signature": (
        answered({"type": "thinking", "thinking": "Hm"}),
        "thinking.signature: Field required",
    ),
    "thinking that is marked": (
        answered(
            {"type": "thinking", "thinking": "Hm", "signature": "a", "cache_control": {"type": "ephemeral"}}
        ),
        "thinking.cache_control: Extra inputs",
    ),
    "thinking of a number": (
        answered({"type": "thinking", "thinking": 1, "signature": "a"}),
        "thinking.thinking: Input should be a valid string",
    ),
    "redacted thinking without data": (answered({"type": "redacted_thinking"}), "data: Field required"),
    "error that is no boolean": (
        returned(is_error="yes"),
        "tool_result.is_error: Input should be a valid boolean",
    ),
    "result of a call in a result": (returned(CALL), "tool_result.content.0: Input tag 'tool_use'"),
    "reference to no tool": (
        returned({"type": "tool_reference"}),
        "tool_reference.tool_name: Field required",
    ),
    "two states of a browser": (returned(STATE, STATE), "at most one `browser_state` block"),
    "state of a browser in an error": (returned(STATE, is_error=True), "none in an error"),
    "no tab in front": (
        returned({**STATE, "tabs": tabs(False, False)}),
        "browser_state.tabs: exactly one tab must be active",
    ),
    "two tabs in front": (returned({**STATE, "tabs": tabs(True, True)}), "exactly one tab must be active"),
    "no change that is told": (
        returned({**STATE, "state_changes": []}),
        "state_changes: List should have at least",
    ),
    "tool added by the user": (
        prompted({"type": "tool_addition", "tool": {}}),
        "messages.0.content.0: Input tag 'tool_addition'",
    ),
}
ACCEPTED: dict[str, Json] = {
    "image in a file": prompted(image(type="file", file_id="file_1")),
    "image not to be shrunk": prompted(
        {**image(type="url", url="a"), "transformations": {"oversized_image": "error"}}
    ),
    "document of blocks": prompted(document(type="content", content="Snow")),
    "document without a title": prompted({**document(type="url", url="a"), "title": None, "context": None}),
    "result with its caller": answered(SEARCH, {**FOUND, "caller": {"type": "direct"}}),
    "fallback": answered({"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}, "trigger": None}),
    "mcp result": answered(
        {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "content": "x", "is_error": False}
    ),
    "no tab at all": returned({"type": "browser_state", "tabs": [], "state_changes": None}),
    "one tab in front": returned({**STATE, "tabs": tabs(False, True)}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    body, words = REFUSED[name]
    assert words in str(validate_request(body, BETAS))


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_is_accepted(name: str) -> None:
    assert validate_request(ACCEPTED[name], BETAS) is None


def kinds_of(hint: Any) -> list[str]:
    """The literal strings of a type."""
    if get_origin(hint) is typing.Literal:
        return list(typing.get_args(hint))
    return [kind for part in typing.get_args(hint) for kind in kinds_of(part)]


def of_the_sdk() -> Iterator[tuple[str, dict[str, bool]]]:
    """Each block of the SDK with its keys, and whether they are required in a request."""
    given = typing.get_args(beta_content_block_param.BetaContentBlockParam)
    for block in (*given, *typing.get_args(beta_tool_result_block_param.Content)):
        if is_typeddict(block):
            hints = get_type_hints(block, include_extras=True)
            for kind in kinds_of(hints.pop("type")):
                yield kind, {key: get_origin(hint) is Required for key, hint in hints.items()}
    (said, _) = typing.get_args(beta_content_block.BetaContentBlock)
    for block in typing.get_args(said):
        fields = {field.alias or key: False for key, field in block.model_fields.items()}
        (kind,) = kinds_of(block.model_fields["type"].annotation)
        fields.pop("type")
        yield kind, fields


def test_the_keys_are_those_of_the_sdk() -> None:
    """What a response may hold a request may, so that everything can be sent back."""
    wanted: dict[str, dict[str, bool]] = {}
    for kind, keys in of_the_sdk():
        known = wanted.setdefault(kind, {})
        known.update({key: needed or known.get(key, False) for key, needed in keys.items()})
    known_here = {
        kind: dict.fromkeys(needed, True) | dict.fromkeys(rest, False)
        for kind, (needed, rest) in KEYS.items()
    }
    assert known_here == wanted
