"""The runner of pgTAP files: what passes, and that whatever is wrong with a file fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fixtures.databases import Database, Databases
from fixtures.tap import TapFailure, run_tap_file, split_statements


@pytest.fixture(scope="module")
def pgtap_database(databases: Databases) -> Iterator[Database]:
    database = databases.with_pgtap()
    yield database
    databases.drop(database)


@pytest.fixture
def tap(pgtap_database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(pgtap_database.dsn, autocommit=True) as conn:
        yield conn


def judged(conn: psycopg.Connection, folder: Path, *lines: str) -> int:
    path = folder / "example.sql"
    path.write_text("\n".join(lines), encoding="utf-8")
    return run_tap_file(conn, path)


def test_a_good_file_passes_and_its_assertions_are_counted(tap: psycopg.Connection, tmp_path: Path) -> None:
    script = (
        "begin;",
        "select plan(2);",
        "select ok(true, 'a');",
        "select ok(true);",
        "select * from finish();",
    )
    assert judged(tap, tmp_path, *script, "rollback;") == 2


def test_an_assertion_marked_todo_may_fail(tap: psycopg.Connection, tmp_path: Path) -> None:
    script = ("begin;", "select plan(1);", "select todo('not built', 1);", "select ok(false);", "rollback;")
    assert judged(tap, tmp_path, *script) == 1


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (["select plan(1);", "select ok(false, 'no');"], r"failed at example.sql:3: no"),
        (["select plan(2);", "select ok(true);"], "planned 2 assertions but ran 1"),
        (["select plan(1);", "select ok(true);", "select ok(true);"], "planned 1 assertions but ran 2"),
        (["select plan(1);", "", "select 1 /", "  0;"], r"SQL error 22012 at example.sql:4"),
        (["select ok(true);"], "SQL error"),
        (["select * from no_plan();"], "no assertion ran"),
        (["select 1;"], "no plan"),
        (["select plan(1);", "select ok(true);", "commit;"], "commits"),
    ],
)
def test_a_bad_file_fails(tap: psycopg.Connection, tmp_path: Path, body: list[str], complaint: str) -> None:
    with pytest.raises(TapFailure, match=complaint):
        judged(tap, tmp_path, "begin;", *body, "rollback;")


def test_a_file_that_would_leave_something_behind_fails(tap: psycopg.Connection, tmp_path: Path) -> None:
    with pytest.raises(TapFailure, match="does not begin with begin"):
        judged(tap, tmp_path, "select plan(1);", "select ok(true);", "rollback;")
    with pytest.raises(TapFailure, match="does not end with rollback"):
        judged(tap, tmp_path, "begin;", "select plan(1);", "select ok(true);")


def test_a_failed_file_leaves_the_connection_usable(tap: psycopg.Connection, tmp_path: Path) -> None:
    with pytest.raises(TapFailure):
        judged(tap, tmp_path, "begin;", "select plan(1);", "select nonsense;", "rollback;")
    assert judged(tap, tmp_path, "begin;", "select plan(1);", "select ok(true);", "rollback;") == 1


def test_statements_are_told_apart_by_semicolons_outside_of_quotes_and_comments() -> None:
    script = "a 'x;y' -- c;\n;\n/* ; */ b $f$ ; $f$;\n\nc E'\\';' \"d;\";e"
    assert [text for _, text in split_statements(script)] == [
        "a 'x;y'",
        "b $f$ ; $f$",
        "c E'\\';' \"d;\"",
        "e",
    ]
    assert [line for line, _ in split_statements("begin;\n\nselect\n  1;\nend;")] == [1, 3, 5]
