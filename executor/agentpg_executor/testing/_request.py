"""A Messages request as scripts and rules see it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ._context import Context
from ._prefix import Prefix, blocks_of, prefix_of
from ._tokens import dumps


@dataclass(frozen=True, slots=True)
class ToolResult:
    """A tool result in the last user message, with the call it answers."""

    id: str
    name: str
    input: dict[str, Any]
    text: str
    is_error: bool


class FakeRequest:
    """What a client asked: the parameters of one Messages call, or of one batch item (`custom_id` is set)."""

    def __init__(
        self,
        params: dict[str, Any],
        headers: Mapping[str, str],
        *,
        context: Context,
        custom_id: str | None = None,
    ) -> None:
        self.params = params
        self.context = context
        self.headers = headers
        self.custom_id = custom_id

    @property
    def model(self) -> str:
        return str(self.params["model"])

    @property
    def messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.params["messages"]
        return messages

    @property
    def tools(self) -> list[str]:
        """The names of the tools offered."""
        return [tool["name"] for tool in self.params.get("tools") or () if "name" in tool]

    @property
    def stream(self) -> bool:
        return bool(self.params.get("stream"))

    @property
    def retry_count(self) -> int:
        """What the SDK says of its own retries (`x-stainless-retry-count`)."""
        return int(self.headers.get("x-stainless-retry-count") or 0)

    @cached_property
    def _prompt(self) -> tuple[str, int]:
        """The prompt's text and the number of assistant messages since."""
        position = 0
        for message in reversed(self.messages):
            if message["role"] == "assistant":
                blocks = blocks_of(message)
                position += not blocks or any(block.get("type") != "compaction" for block in blocks)
            elif message["role"] == "user":
                content = message["content"]
                if isinstance(content, str):
                    return content, position
                if not any(block.get("type") == "tool_result" for block in content):
                    return text_of(content), position
        return "", position

    @property
    def prompt(self) -> str:
        """The text of the last user message that is not a list of tool results."""
        return self._prompt[0]

    @property
    def position(self) -> int:
        """How many assistant messages follow the prompt, summaries aside: 1 after one round of tools."""
        return self._prompt[1]

    @cached_property
    def tool_results(self) -> list[ToolResult]:
        """The tool results the last message brings, in order."""
        last = self.messages[-1]
        if last["role"] != "user" or isinstance(last["content"], str):
            return []
        results = [block for block in last["content"] if block.get("type") == "tool_result"]
        if not results:
            return []
        calls: dict[str, dict[str, Any]] = {}
        for message in self.messages:
            if message["role"] == "assistant" and not isinstance(message["content"], str):
                for block in message["content"]:
                    if block.get("type") == "tool_use":
                        calls[block["id"]] = block
        return [
            ToolResult(
                id=block["tool_use_id"],
                name=calls.get(block["tool_use_id"], {}).get("name", ""),
                input=calls.get(block["tool_use_id"], {}).get("input", {}),
                text=text_of(block.get("content") or ""),
                is_error=bool(block.get("is_error")),
            )
            for block in results
        ]

    @cached_property
    def prefix(self) -> Prefix:
        """What comes before the answer; take a copy to go on from it."""
        return prefix_of(self.params)

    @cached_property
    def key(self) -> str:
        """A digest of model and messages: two requests for the same answer have the same key."""
        return hashlib.blake2b(dumps([self.model, self.messages]).encode(), digest_size=12).hexdigest()


def text_of(content: str | list[dict[str, Any]]) -> str:
    """The text of a message's or tool result's content."""
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block.get("type") == "text")
