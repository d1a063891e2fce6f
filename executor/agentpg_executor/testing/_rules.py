"""A small brain for demos: rules that call tools and answer, and an echo where no rule fits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._json import is_array, is_object
from ._request import FakeRequest
from ._turns import Part, Turn, reply, text, tool_use

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Rule:
    """When the prompt matches, call the tools that are offered; when their results are there, answer.

    `when` is a regular expression, searched without regard to case. `{prompt}`, `{1}` or `{name}` (groups of
    the match), `{results}` and `{TOOL}` (what that tool answered) are filled into texts and string inputs;
    anything else in braces stays.
    """

    when: str = ""
    say: str = ""
    calls: Sequence[tuple[str, Mapping[str, Any]]] = ()
    answer: str = "{results}"


class Brain:
    """The first rule that matches the prompt decides; otherwise a plain answer."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def answer(self, request: FakeRequest) -> Turn:
        """The turn for a request no script answers."""
        for rule in self.rules:
            found = re.search(rule.when, request.prompt, re.IGNORECASE)
            if found is not None:
                return _follow(rule, request, found)
        results = request.tool_results
        if results:
            return text("\n".join(_told(result.name, result.text, result.is_error) for result in results))
        return text(f"You said: {request.prompt}" if request.prompt else "You said nothing.")


def _follow(rule: Rule, request: FakeRequest, found: re.Match[str]) -> Turn:
    values: dict[str, str] = {"prompt": request.prompt}
    values.update({str(index): value or "" for index, value in enumerate(found.groups(), 1)})
    values.update({name: value or "" for name, value in found.groupdict().items()})
    offered = request.tools
    calls = [(name, inputs) for name, inputs in rule.calls if name in offered]
    if calls and request.position == 0:
        parts: list[Part] = [_fill(rule.say, values)] if rule.say else []
        parts.extend(tool_use(name, _fill_all(dict(inputs), values)) for name, inputs in calls)
        return reply(*parts)
    results = request.tool_results
    values["results"] = "\n".join(_told(result.name, result.text, result.is_error) for result in results)
    for result in results:
        values[result.name] = (
            f"{values[result.name]}, {result.text}" if result.name in values else result.text
        )
    return text(_fill(rule.answer, values) or f"You said: {request.prompt}")


def _told(name: str, result: str, is_error: bool) -> str:
    return f"{name} failed: {result}" if is_error else f"{name} answered: {result}"


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template)


def _fill_all(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _fill(value, values)
    if is_object(value):
        return {key: _fill_all(item, values) for key, item in value.items()}
    if is_array(value):
        return [_fill_all(item, values) for item in value]
    return value
