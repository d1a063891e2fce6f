"""Reads the text of a sqitch plan."""

from __future__ import annotations

import re
from typing import NoReturn

from ._errors import PlanError
from ._names import NAME, Dependency
from ._plan import Change, Plan, Tag

_COMMENT = re.compile(r"[ \t]*(?:#[ \t]*(?P<note>.*))?$")
_PRAGMA = re.compile(r"[ \t]*%[ \t]*(?P<name>[^ \t=]+)(?:[ \t]*=[ \t]*(?P<value>.+))?")
_LINE = re.compile(
    rf"[ \t]*(?:(?P<tag>@)|[ \t]*(?P<operator>[+-])[ \t]*)?(?P<name>{NAME})[ \t]*"
    r"(?:\[(?P<dependencies>[^\]]+)\][ \t]*)?"
    r"(?P<at>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)[ \t]*"
    r"(?P<planner>[^<]+)[ \t]+<(?P<email>[^>]+)>"
)
_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\\\": "\\"}


def parse_plan(text: str, source: str) -> Plan:
    """The plan in this text; `source` names it in errors."""
    return _Parser(source).parse(text)


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._number = 0
        self._pragmas: dict[str, str] = {}
        self._changes: list[Change] = []
        self._latest: dict[str, int] = {}
        self._since_tag: set[str] = set()
        self._tags: set[str] = set()

    def parse(self, text: str) -> Plan:
        header = True
        for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
            self._number = number
            comment = _COMMENT.search(line)
            assert comment is not None
            content = line[: comment.start()]
            if not content.strip(" \t"):
                continue
            if header and content.lstrip(" \t").startswith("%"):
                self._pragma(content)
                continue
            header = False
            self._line(content, _unescaped(comment["note"] or ""))
        plan = Plan(self._project, self._pragmas.get("uri"), self._changes)
        self._check_dependencies(plan)
        return plan

    @property
    def _project(self) -> str:
        project = self._pragmas.get("project")
        if project is None:
            raise PlanError(f"{self._source} has no %project line")
        return project

    def _pragma(self, content: str) -> None:
        found = _PRAGMA.fullmatch(content)
        if found is None:
            self._refuse("not a %name=value line")
        name, value = found["name"], (found["value"] or "1").rstrip(" \t")
        if name == "project" and re.fullmatch(NAME, value) is None:
            self._refuse(f"{value!r} is not a project name")
        self._pragmas[name] = value

    def _line(self, content: str, note: str) -> None:
        found = _LINE.fullmatch(content.rstrip(" \t"))
        if found is None:
            self._refuse("not a change or tag: NAME [DEPENDENCIES] TIMESTAMP PLANNER <EMAIL> # NOTE")
        name = found["name"]
        if name in ("ROOT", "HEAD") or re.match(r"[0-9a-f]{40}", name):
            self._refuse(f"{name!r} cannot be a name: it is reserved, or looks like an id")
        if found["operator"] == "-":
            self._refuse("a change cannot be planned as a revert")
        common = {
            "project": self._project,
            "uri": self._pragmas.get("uri"),
            "name": name,
            "planned_at": found["at"],
            "planner_name": found["planner"].rstrip(" \t"),
            "planner_email": found["email"],
            "note": note,
        }
        if found["tag"]:
            if found["dependencies"]:
                self._refuse("a tag has no dependencies")
            self._tag(name, common)
        else:
            self._change(name, common, found["dependencies"] or "")

    def _tag(self, name: str, common: dict[str, str | None]) -> None:
        if not self._changes:
            self._refuse(f"tag @{name} has no change before it")
        if name in self._tags or "/" in name:
            self._refuse(f"tag @{name} is there twice, or has a slash in its name")
        change = self._changes[-1]
        change.tags.append(Tag(**common, change=change))  # type: ignore[arg-type]
        self._tags.add(name)
        self._since_tag.clear()

    def _change(self, name: str, common: dict[str, str | None], listed: str) -> None:
        if name in self._since_tag:
            self._refuse(f"change {name!r} is there twice without a tag in between")
        dependencies: list[Dependency] = []
        words = listed.split()
        for word in words:
            dependency = Dependency.parse(word)
            if dependency is None or words.count(word) > 1:
                self._refuse(f"{word!r} is not a dependency, or is there twice")
            dependencies.append(dependency)
        change = Change(
            **common,  # type: ignore[arg-type]
            parent=self._changes[-1] if self._changes else None,
            requires=tuple(one for one in dependencies if not one.conflict),
            conflicts=tuple(one for one in dependencies if one.conflict),
        )
        before = self._latest.get(name)
        if before is not None:
            self._changes[before].rework_tags = self._tags_since(before)
        self._latest[name] = len(self._changes)
        self._since_tag.add(name)
        self._changes.append(change)

    def _tags_since(self, position: int) -> tuple[str, ...]:
        """Tags from the newest change back to this one, as sqitch lists them."""
        backwards = reversed(self._changes[position + 1 :])
        tags = [tag.name for change in backwards for tag in change.tags]
        return (*tags, *(tag.name for tag in self._changes[position].tags))

    def _check_dependencies(self, plan: Plan) -> None:
        for position, change in enumerate(plan.changes):
            for dependency in change.requires:
                required = plan.resolve(dependency)
                at = None if required is None else plan.position_of_id(required.id)
                if required is not None and at is not None and at >= position:
                    raise PlanError(
                        f"{self._source}: {change.name} comes before {required.name}, which it requires"
                    )

    def _refuse(self, why: str) -> NoReturn:
        raise PlanError(f"{self._source}, line {self._number}: {why}")


def _unescaped(note: str) -> str:
    return re.sub(r"\\[nr\\]", lambda found: _ESCAPES[found[0]], note.strip())
