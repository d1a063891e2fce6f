"""How names are spelled in a sqitch plan, and what a dependency may look like."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Punctuation as sqitch counts it: all of ASCII's but the underscore.
_PUNCTUATION = re.escape("-!\"#$%&'()*+,./:;<=>?@[\\]^`{|}~")

NAME = (
    rf"(?![{_PUNCTUATION}])"  # does not begin with punctuation
    r"(?:(?![~/=%^]\d+(?:$|[ \t]))[^ \t:@#\\])+"  # has no blank, and no ~2 or ^2 at the end
    rf"(?<![{_PUNCTUATION}])\b"  # does not end with punctuation
)

_DEPENDENCY = re.compile(
    rf"(?P<conflict>!?)(?:(?P<project>{NAME}):)?"
    rf"(?:(?P<id>[0-9a-f]{{40}})|(?P<change>{NAME})(?:@(?P<tag>{NAME}))?|@(?P<only_tag>{NAME}))"
)


@dataclass(frozen=True)
class Dependency:
    """One `[name]` or `[!name]` of a plan line."""

    conflict: bool
    project: str | None
    change: str | None
    tag: str | None
    id: str | None

    @classmethod
    def parse(cls, text: str) -> Dependency | None:
        found = _DEPENDENCY.fullmatch(text)
        if found is None:
            return None
        return cls(
            conflict=found["conflict"] == "!",
            project=found["project"],
            change=found["change"],
            tag=found["tag"] or found["only_tag"],
            id=found["id"],
        )

    @property
    def key(self) -> str:
        """The name without its project: `change`, `change@tag`, `@tag` or an id."""
        if self.id is not None:
            return self.id
        return (self.change or "") + ("" if self.tag is None else f"@{self.tag}")

    def is_foreign(self, project: str) -> bool:
        return self.project is not None and self.project != project

    def text(self, project: str) -> str:
        """As the registry spells it: a change of the own project has no prefix."""
        return f"{self.project}:{self.key}" if self.is_foreign(project) else self.key
