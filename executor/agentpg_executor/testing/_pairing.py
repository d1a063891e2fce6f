"""How turns follow each other: every tool call answered at once, nothing answered that was not asked."""

from __future__ import annotations

from typing import Any

from ._errors import invalid
from ._prefix import blocks_of, last_compaction

Blocks = list[tuple[int, int, dict[str, Any]]]
"""Each block with the index of its message and its position there."""
MergedTurn = tuple[int, str, Blocks]
"""The index of its last message, its role, its blocks."""


def merge_turns(messages: list[dict[str, Any]], *, summaries: bool) -> list[MergedTurn]:
    """Consecutive messages of one role count as one; system messages in between are not turns.

    What a summary stands for is ignored, and so is a summary that failed. `summaries` False says that there
    are none.
    """
    turns: list[MergedTurn] = []
    start = (summaries and last_compaction(messages)) or (0, 0)
    for index in range(start[0], len(messages)):
        role = messages[index]["role"]
        if role == "system":
            continue
        said = blocks_of(messages[index])
        blocks: Blocks = [(index, position, block) for position, block in enumerate(said)]
        if summaries:
            blocks = [each for each in blocks if each[:2] >= start and not _is_failed(each[2])]
            if not blocks and said:
                continue
        if turns and turns[-1][1] == role:
            turns[-1] = (index, role, turns[-1][2] + blocks)
        else:
            turns.append((index, role, blocks))
    return turns


def _is_failed(block: dict[str, Any]) -> bool:
    return block.get("type") == "compaction" and block.get("content") is None


def check_pairs(turns: list[MergedTurn]) -> None:
    """Each `tool_use` has one `tool_result` at the start of the next user turn, and the other way round."""
    seen: set[str] = set()
    open_calls: list[str] = []
    asked_at = 0
    server_open = False
    for index, role, blocks in turns:
        if role == "assistant":
            open_calls = [block["id"] for _, _, block in blocks if block["type"] == "tool_use"]
            if len(set(open_calls)) != len(open_calls) or not seen.isdisjoint(open_calls):
                raise invalid("messages: `tool_use` ids must be unique")
            seen.update(open_calls)
            asked_at = index
            server_open = has_open_server_call(blocks)
        else:
            _check_answers(blocks, open_calls, asked_at, server_open)
            open_calls = []
    if open_calls:
        raise _unanswered(asked_at, open_calls)


def _check_answers(blocks: Blocks, open_calls: list[str], asked_at: int, server_open: bool) -> None:
    answered: set[str] = set()
    leading = True
    for index, position, block in blocks:
        if block["type"] != "tool_result":
            leading = False
            if server_open and open_calls:
                raise invalid(
                    f"messages.{index}: while a server tool call is unanswered, the message that "
                    "answers client "
                    "tool calls may contain `tool_result` blocks only"
                )
            continue
        answer = block["tool_use_id"]
        if answer not in open_calls:
            raise invalid(
                f"messages.{index}.content.{position}: unexpected `tool_use_id` found in `tool_result` "
                "blocks: "
                f"{answer}. Each `tool_result` block must have a corresponding `tool_use` block in the "
                "previous "
                "message."
            )
        if answer in answered:
            raise invalid(
                f"messages.{index}.content.{position}: each tool_use must have a single result. Found "
                "multiple "
                f"`tool_result` blocks with id: {answer}"
            )
        if leading:
            answered.add(answer)
    missing = [call for call in open_calls if call not in answered]
    if missing:
        raise _unanswered(asked_at, missing)


def _unanswered(index: int, calls: list[str]) -> Exception:
    return invalid(
        f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: "
        f"{', '.join(calls)}. Each `tool_use` block must have a corresponding `tool_result` block in "
        "the next message."
    )


def has_open_server_call(blocks: Blocks) -> bool:
    """Whether a server tool was called whose result is not there yet."""
    calls = {block["id"] for _, _, block in blocks if block["type"] in ("server_tool_use", "mcp_tool_use")}
    calls -= {block.get("tool_use_id") for _, _, block in blocks}
    return bool(calls)


def check_ending(turns: list[MergedTurn], *, prefill: bool) -> None:
    """A conversation ends with the user, unless the model takes prefill or was paused.

    It pauses in a server tool, or behind a summary of what came before.
    """
    if not turns or turns[-1][1] != "assistant":
        return
    blocks = turns[-1][2]
    if blocks and blocks[-1][2]["type"] == "compaction":
        return
    if has_open_server_call(blocks) or any(block["type"].endswith("_tool_result") for _, _, block in blocks):
        return
    if not prefill:
        raise invalid(
            "This model does not support assistant message prefill. The conversation must end with a "
            "user message."
        )
    last = blocks[-1][2] if blocks else {}
    if last.get("type") == "text" and last["text"] != last["text"].rstrip():
        raise invalid("messages: final assistant content cannot end with trailing whitespace")
