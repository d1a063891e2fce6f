"""docs/from-agentpg.md: every name of the reference system is there, and what it says exists."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures.databases import Database

HERE = Path(__file__).parent
NAMES = HERE.joinpath("reference_names.txt").read_text(encoding="utf-8").split()
PAGE = HERE.parents[2] / "docs" / "from-agentpg.md"


@dataclass(frozen=True)
class Row:
    reference: str
    python: list[str]
    sql: list[str]
    note: str


def page_rows() -> Iterator[Row]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            reference, python, sql, note = (cell.strip() for cell in line.strip("|").split("|"))
            yield Row(
                reference.strip("`"), re.findall("`([^`]+)`", python), re.findall("`([^`]+)`", sql), note
            )


ROWS = list(page_rows())
PYTHON_NAMES = sorted({name for row in ROWS for name in row.python})
SQL_NAMES = sorted({name for row in ROWS for name in row.sql})


def test_every_name_of_the_index_has_exactly_one_row() -> None:
    assert sorted(row.reference for row in ROWS) == sorted(NAMES)


def test_every_row_names_something_or_says_why_not() -> None:
    empty = [
        row.reference
        for row in ROWS
        if not (row.python or row.sql or re.match(r"\*(planned|none)\*: \S", row.note))
    ]
    assert empty == []


def test_a_row_without_counterpart_names_nothing() -> None:
    assert [row.reference for row in ROWS if row.note.startswith("*none*") and (row.python or row.sql)] == []


@pytest.mark.parametrize("name", PYTHON_NAMES)
def test_the_python_name_exists(name: str) -> None:
    path, parameter = re.fullmatch(r"([\w.]+)(?:\((\w+)\))?", name).groups()  # type: ignore[union-attr]
    found = resolve(path)
    if parameter:
        assert parameter in inspect.signature(found).parameters


def resolve(path: str) -> Any:
    """The object of that dotted path: modules as far as they go, then attributes and fields."""
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:count]))
        except ModuleNotFoundError as error:
            if error.name is None or not path.startswith(error.name):
                raise
            continue
        for part in parts[count:]:
            fields = (
                {field.name for field in dataclasses.fields(found)}
                if dataclasses.is_dataclass(found)
                else set()
            )
            found = None if part in fields else getattr(found, part)
        return found
    raise AssertionError(f"no module for {path}")


@pytest.fixture(scope="module")
def schema(shipped_database: Database) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """One connection for all names."""
    with shipped_database.connect() as conn:
        yield conn


@pytest.mark.parametrize("name", SQL_NAMES)
def test_the_sql_name_exists(name: str, schema: psycopg.Connection[dict[str, Any]]) -> None:
    assert schema.execute(*question(name)).fetchone() is not None


def question(name: str) -> tuple[Any, list[str]]:
    """A query that returns a row if the schema has what the page names."""
    if match := re.fullmatch(r"channel (agentpg_\w+)", name):
        return (
            """
            select from pg_proc
            where pronamespace = 'agentpg'::regnamespace and strpos(prosrc, quote_literal(%s)) > 0
            """,
            [match[1]],
        )
    if match := re.fullmatch(r"error (AP\d{3})", name):
        return "select from agentpg.error_codes where sqlstate = %s", [match[1]]
    if match := re.fullmatch(r"(\w+)\((\w*)\)", name):
        return (
            """
            select from pg_proc
            where pronamespace = 'agentpg'::regnamespace and proname = %s
              and (%s::text = '' or %s = any (proargnames))
            """,
            [match[1], match[2], match[2]],
        )
    if match := re.fullmatch(r"(\w+)", name):
        return "select from pg_type where typnamespace = 'agentpg'::regnamespace and typname = %s", [name]
    match = re.fullmatch(r"(\w+)\.(\w+)", name)
    assert match, f"what is {name}?"
    return (
        """
        select from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'agentpg'::regnamespace and c.relname = %s
          and a.attname = %s and not a.attisdropped
        union all
        select from pg_enum e
        join pg_type t on t.oid = e.enumtypid
        where t.typnamespace = 'agentpg'::regnamespace and t.typname = %s and e.enumlabel = %s
        """,
        [match[1], match[2], match[1], match[2]],
    )
