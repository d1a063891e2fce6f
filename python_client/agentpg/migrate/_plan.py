"""A sqitch plan: its changes and tags in order, with the ids that sqitch gives them.

An id hashes the plan line and the id of the line before, not the script. Editing, inserting or moving a
line changes every id after it, so released lines are never touched again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha1

from ._errors import PlanError
from ._names import Dependency


@dataclass(eq=False)
class Line:
    """What a change and a tag have in common."""

    project: str
    uri: str | None
    name: str
    planned_at: str
    """UTC, as the plan has it: 2026-11-22T13:35:36Z."""
    planner_name: str
    planner_email: str
    note: str

    def _info(self, kind: str, middle: list[str], after: list[str]) -> str:
        lines = [f"project {self.project}"]
        lines += [f"uri {self.uri}"] if self.uri else []
        lines += [f"{kind} {self.display}", *middle]
        lines += [f"planner {self.planner_name} <{self.planner_email}>", f"date {self.planned_at}", *after]
        lines += ["", self.note] if self.note else []
        return "\n".join(lines)

    @property
    def display(self) -> str:
        return self.name


def _hashed(kind: str, info: str) -> str:
    content = info.encode()
    return sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


@dataclass(eq=False)
class Tag(Line):
    change: Change

    @property
    def display(self) -> str:
        return f"@{self.name}"

    @cached_property
    def id(self) -> str:
        return _hashed("tag", self._info("tag", [f"change {self.change.id}"], []))


@dataclass(eq=False)
class Change(Line):
    parent: Change | None
    requires: tuple[Dependency, ...] = ()
    conflicts: tuple[Dependency, ...] = ()
    tags: list[Tag] = field(default_factory=list[Tag])
    rework_tags: tuple[str, ...] = ()
    """Names of the tags between this version and the next one, if the change was reworked."""

    @cached_property
    def id(self) -> str:
        middle = [f"parent {self.parent.id}"] if self.parent else []
        after: list[str] = []
        for label, sign, dependencies in (
            ("requires", "+", self.requires),
            ("conflicts", "-", self.conflicts),
        ):
            if dependencies:
                after += [label, *(f"  {sign} {one.text(self.project)}" for one in dependencies)]
        return _hashed("change", self._info("change", middle, after))

    @property
    def with_tags(self) -> str:
        return " ".join([self.name, *(tag.display for tag in self.tags)])

    @property
    def qualified(self) -> str:
        """A name that means this version alone: `change@tag`, or `change@HEAD` for the newest."""
        tags = [tag.name for tag in self.tags] or list(self.rework_tags) or ["HEAD"]
        return f"{self.name}@{tags[0]}"


class Plan:
    """The changes in the order in which they are deployed."""

    def __init__(self, project: str, uri: str | None, changes: list[Change]) -> None:
        self.project = project
        self.uri = uri
        self.changes = changes
        self._positions: defaultdict[str, list[int]] = defaultdict(list)
        for position, change in enumerate(changes):
            self._positions[change.name].append(position)
            self._positions[change.id].append(position)
            for tag in change.tags:
                self._positions[tag.display].append(position)
                self._positions[tag.id].append(position)
        for alias, position in (("HEAD", len(changes) - 1), ("ROOT", 0)):
            self._positions[alias] = self._positions[f"@{alias}"] = [position] if changes else []

    def position_of_id(self, change_id: str) -> int | None:
        return next(iter(self._positions.get(change_id, [])), None)

    def position(self, name: str) -> int:
        """Where `change`, `@tag`, `change@tag`, `HEAD`, `ROOT` or an id is in the plan."""
        found = self._find(name)
        if not found:
            raise PlanError(f"the plan of {self.project} has no change or tag {name!r}")
        if len(found) > 1:
            choice = ", ".join(self.changes[position].qualified for position in found)
            raise PlanError(f"{name!r} was reworked, so it could be any of {choice}")
        return found[0]

    def resolve(self, dependency: Dependency) -> Change | None:
        """The change of this plan that a dependency means; a reworked name means its first version."""
        if dependency.is_foreign(self.project):
            return None
        found = self._find(dependency.key)
        if found:
            return self.changes[found[0]]
        if dependency.id is not None:
            return None
        raise PlanError(f"a change depends on {dependency.key!r}, which the plan does not have")

    def _find(self, name: str) -> list[int]:
        change, at, tag = name.partition("@")
        if not at or not change:
            return self._positions.get(name, [])
        until = self._positions.get(f"@{tag}")
        if not until:
            return []
        return [position for position in self._positions.get(change, []) if position <= until[0]][-1:]
